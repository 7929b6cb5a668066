"""Makes the golden files beside it with other people's implementations.

Run with: pip install tokenizers==0.23.2 sentencepiece==0.2.2; python make_golden.py
The vocabularies are trained on the sentences below, which were written for this purpose.
"""

import io
import json
import random
import sys
from pathlib import Path

import sentencepiece
import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
SENTENCES = [
    "The tern is a small white bird that flies from one pole to the other and back again.",
    "It's said that they've seen more daylight than we'll ever see, and I'd believe it.",
    "In 1970 there were 12345 of them; in 2024 there were 67,890, or 3.14 times as many!",
    "Zwölf Möwen zögern: naïve Fischer säßen über dem Wasser, déjà vu, ça alors.",
    "one two  three   four\tfive\n\nsix\r\nseven  ",
    "the the the they then there these those this that with without within",
    "日本語のテキストも少しあります。漢字と仮名。",
]
L3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QW = L3.replace(r"\p{N}{1,3}", r"\p{N}")
QW35 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
P1 = r"[\p{P}\$\+<=>\^~\|]+"
P1B = r"[\p{P}\$\+<=>\^~\|`]+"
G2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)"
NAMED = {
    "llama-bpe": [L3],
    "qwen2": [QW],
    "qwen35": [QW35],
    "default": [P1, G2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "falcon": [P1B, G2, "[0-9][0-9][0-9]"],
    "falcon_e": [P1B, G2, "[0-9]"],
    "gpt-2": [G2],
    "starcoder": [r"\p{N}", G2],
}
EXPRESSIONS = [
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"\d{1,3}(?=(?:\d{3})*\b)", r"(?=(\d{3})+(?!\d))", r"\w+|[^\w\s]+", r"[\p{Han}]+|[^\p{L}\s]+", r"\s+$",
    r"\S+", r"\W+", r"[一-龥぀-ゟ゠-ヿ]+", r"\b", r".", r"[^\n]+|[\n]+", r"\p{^L}+", r"\P{L}+", r"\D+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"(?<=\s)\S|\x{41}|\u0042|\x43", r"(?i:k|s|é)", r"[[a-z]&&[^aeiou]]+", r"(?>a+)b?", r"\h+", r"[\d\s]+", r"[\w-]+", r"a|b{2}|c{1,}?".replace("{1,}?", "+?"),
]
BEHAVIORS = ["isolated", "removed", "merged_with_previous", "merged_with_next", "contiguous"]


def texts():
    fixed = SENTENCES + [
        "", " ", "  ", "a", "Hello, world! It's 12345.", " Hello  World ", "don'T I'LL we'ſ 'Sx", "x\u0085y\u00a0z\u2003 w\u3000v\u200bu\x1ct\ufeffs",
        "¼ ² ٣٤٥٦ Ⅻ ①②③④ १२३४५", "🦙🦙 👩\u200d👩\u200d👧 e\u0301 é が か\u3099 \u1100\u1161\u11a8", "a\x00b\x7fc", "<s>x</s> <s></s>", "<mark>it<mark>", "the<word>then <word> the",
        "  <wide>  a", "\u2581a \u2581\u2581 b\u2581", "<0x41><unk>", "``'' $5+7<=12^3~|_", "A AB abba aab kK\u212a sS\u017f éÉ bb ccc 12 1234567 12a BCD fade",
        "line\nline\r\n\r\nline \n \n", "\t\ttabs \t mixed\t", "ab" * 40, " " * 30 + "x", "\n" * 7, "'s't're've'm'll'd",
    ]
    rng = random.Random(20261121)
    pools = [
        [chr(c) for c in range(0x20, 0x7F)],
        list(" \t\n\r'sStTlLdD1239½²٣!?.,$") + ["\u00a0", "\u3000"],
        [chr(c) for c in list(range(0x20, 0x2FF)) + list(range(0x300, 0x370)) + list(range(0x3040, 0x30FF)) + list(range(0x4E00, 0x4E80))],
        [chr(c) for c in range(0x10000, 0x1FFFF)] + list("\u2581 ab"),
    ]
    return fixed + ["".join(rng.choice(pool) for _ in range(rng.randrange(1, 30))) for pool in pools for _ in range(6)]


def byte_level_bpe(pre, **kwargs):
    tokenizer = Tokenizer(models.BPE(**kwargs))
    tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=380, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(SENTENCES, trainer)
    return tokenizer


def template(tokenizer, single, *names):
    return processors.TemplateProcessing(single=single, special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])


def split(expression, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(expression), behavior, invert)


def characters_bpe(pre=None, normalizer=None, byte_fallback=True):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=byte_fallback))
    specials = ["<unk>", "<s>", "</s>"] + ([f"<0x{i:02X}>" for i in range(256)] if byte_fallback else [])
    spaced = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.normalizer = spaced
    trainer = trainers.BpeTrainer(vocab_size=len(specials) + 140, special_tokens=specials, show_progress=False, limit_alphabet=70)
    tokenizer.train_from_iterator([word for s in SENTENCES for word in s.split(" ")], trainer)
    data = json.loads(tokenizer.to_str())
    data["added_tokens"] = [token for token in data["added_tokens"] if not token["content"].startswith("<0x")]
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.normalizer = normalizer(spaced) if normalizer else spaced
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    tokenizer.post_processor = template(tokenizer, "<s> $A", "<s>")
    return tokenizer


def hugging_face():
    made = {}
    llama3 = byte_level_bpe(pre_tokenizers.Sequence([split(L3), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]), ignore_merges=True)
    llama3.add_special_tokens(["<s>", "</s>"])
    llama3.post_processor = processors.Sequence([processors.ByteLevel(), template(llama3, "<s> $A", "<s>")])
    made["byte-level.json"] = llama3

    falcon = byte_level_bpe(
        pre_tokenizers.Sequence([
            pre_tokenizers.Punctuation("contiguous"), pre_tokenizers.ByteLevel(add_prefix_space=False),
            pre_tokenizers.Digits(individual_digits=False), split("[0-9][0-9][0-9]")]))
    falcon.normalizer = normalizers.NFC()
    falcon.add_tokens([AddedToken("<word>", single_word=True, normalized=False), AddedToken("<wide>", lstrip=True, rstrip=True, normalized=False), AddedToken("<mark>", normalized=True)])
    falcon.add_special_tokens(["<s>", "</s>"])
    falcon.post_processor = template(falcon, "<s> $A </s>", "<s>", "</s>")
    made["byte-level-added.json"] = falcon

    made["byte-level-prefix.json"] = byte_level_bpe(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=True)]))

    decoder = [decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse()]
    legacy = characters_bpe()
    legacy.decoder = decoders.Sequence(decoder + [decoders.Strip(" ", 1, 0)])
    made["characters.json"] = legacy
    meta = characters_bpe(pre_tokenizers.Metaspace(prepend_scheme="first", split=False), lambda spaced: normalizers.Sequence([]))
    meta.decoder = decoders.Sequence(decoder + [decoders.Strip(" ", 1, 0)])
    made["characters-metaspace.json"] = meta
    gemma = characters_bpe(pre_tokenizers.Split(" ", "merged_with_previous"), lambda spaced: normalizers.Replace(" ", "\u2581"), byte_fallback=False)
    gemma.decoder = decoders.Sequence(decoder)
    made["characters-unknown.json"] = gemma
    return made


def sentence_pieces():
    common = dict(sentence_iterator=None, model_type="bpe", normalization_rule_name="identity", character_coverage=0.985, num_threads=1, minloglevel=2)
    made = {}
    for name, options in {
        "pieces.model": dict(vocab_size=440, byte_fallback=True, remove_extra_whitespaces=False, user_defined_symbols=["<word>", "\u2581\u2581"], split_digits=True, allow_whitespace_only_pieces=True),
        "pieces-unknown.model": dict(vocab_size=180, control_symbols=["<word>"]),
    }.items():
        model = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(**{**common, **options, "sentence_iterator": iter(SENTENCES), "model_writer": model})
        made[name] = model.getvalue()
    return made


def write(name, cases):
    lines = [json.dumps(key) + ": " + (json.dumps(value) if isinstance(value, str) else "[\n" + ",\n".join(json.dumps(v, separators=(",", ":")) for v in value) + "\n]") for key, value in cases.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def main():
    expected = {"made with": f"tokenizers {tokenizers.__version__}, sentencepiece {sentencepiece.__version__}"}
    for name, tokenizer in hugging_face().items():
        (HERE / name).write_text(tokenizer.to_str(), encoding="utf-8")
        tokenizer = Tokenizer.from_file(str(HERE / name))
        cases = []
        for text in texts():
            prompt = tokenizer.encode(text).ids
            tokenizer.encode_special_tokens = True
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            tokenizer.encode_special_tokens = False
            cases.append({"text": text, "prompt": prompt, "ids": ids, "decoded": tokenizer.decode(ids)})
        expected[name] = cases
    for name, model in sentence_pieces().items():
        (HERE / name).write_bytes(model)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        expected[name] = [{"text": text, "ids": processor.encode(text), "decoded": processor.decode(processor.encode(text))} for text in texts()]
    write("expected.json", expected)

    def pieces_of(pre, text):
        return [text] + [text[a:b] for _, (a, b) in pre.pre_tokenize_str(text)]

    splits = {"named": {}, "expressions": {}, "behaviors": {}}
    for name, expressions in NAMED.items():
        pre = pre_tokenizers.Sequence([split(e) for e in expressions])
        splits["named"][name] = [pieces_of(pre, t) for t in texts()]
    for expression in EXPRESSIONS:
        splits["expressions"][expression] = [pieces_of(split(expression), t) for t in texts()[2:36:2]]
    for behavior in BEHAVIORS:
        for invert in (False, True):
            pre = split(r"\p{L}|\s", behavior, invert)
            splits["behaviors"][f"{behavior}{' inverted' if invert else ''}"] = [pieces_of(pre, t) for t in texts()[9:36:3]]
    write("splits.json", {f"{kind} {name}": cases for kind, all_cases in splits.items() for name, cases in all_cases.items()})


if __name__ == "__main__":
    sys.exit(main())
