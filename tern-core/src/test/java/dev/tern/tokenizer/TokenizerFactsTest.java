package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What GGUF files say of a tokenizer makes one that does what its own files say.
class TokenizerFactsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"llama3, LLAMA_BPE", "qwen3, QWEN2", "llama2, "})
  void makeTheTokenizerThatTheyWereReadFrom(String name, PreTokenizer expected) throws IOException {
    Path source = TestData.require("tokenizers/" + name);
    TokenizerFacts facts = Tokenizers.facts(source);
    assertEquals(expected, facts.preTokenizer().orElse(null));
    Tokenizer published = Tokenizers.load(source);
    Tokenizer made = build(facts);
    assertEquals(published.vocabularySize(), made.vocabularySize());
    Path texts = TestData.require("tokenizers/gguf-vocab/ggml-vocab-llama-bpe.gguf.inp");
    for (String text : Files.readString(texts).split("\n__ggml_vocab_test__\n", -1)) {
      for (EncodeOptions options : new EncodeOptions[] {EncodeOptions.PROMPT, EncodeOptions.TEXT}) {
        assertArrayEquals(published.encode(text, options), made.encode(text, options), text);
      }
    }
    assertEquals(published.bosId(), made.bosId());
    assertEquals(published.eosId(), made.eosId());
  }

  private static Tokenizer build(TokenizerFacts facts) {
    TokenizerBuilder builder =
        facts.isByteLevel()
            ? TokenizerBuilder.byteLevel("facts", facts.tokens())
                .merges(facts.merges())
                .preTokenizer(facts.preTokenizer().orElseThrow())
            : TokenizerBuilder.sentencePiece("facts", facts.tokens())
                .scores(facts.scores())
                .addSpacePrefix(facts.addSpacePrefix())
                .removeExtraWhitespaces(facts.removeExtraWhitespaces());
    builder.types(facts.types()).addBos(facts.addBos()).addEos(facts.addEos());
    facts.bosId().ifPresent(builder::bosId);
    facts.eosId().ifPresent(builder::eosId);
    facts.unknownId().ifPresent(builder::unknownId);
    return builder.build();
  }

  /// Qwen composes characters before it looks at them, and GGUF cannot say so.
  @Test
  void sayWhatIsLost() throws IOException {
    TokenizerFacts facts = Tokenizers.facts(TestData.require("tokenizers/qwen3"));
    assertTrue(facts.losses().getFirst().contains("NFC"), facts.losses().toString());
  }

  @Test
  void findTheTokenThatEndsATurn() throws IOException {
    TokenizerFacts facts = Tokenizers.facts(TestData.require("tokenizers/llama3"));
    assertEquals(128_009, facts.turnEndId().getAsInt());
  }

  @Test
  void areNotReadFromATokenizerThatCutsInNoKnownWay() throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "[aeiou]"}, "behavior": "Isolated"},
           {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
         "decoder": {"type": "ByteLevel"}}
        """);
    assertTrue(Tokenizers.facts(folder).preTokenizer().isEmpty());
  }

  /// Tokens: the bytes (0 to 255), `<unk>`, `<s>`, `</s>`, U+2581, a, b, c, and by merging `ab`,
  /// `abc` and `_a`.
  private static String characters(String merges, String before, String added) {
    StringBuilder vocab = new StringBuilder();
    for (int octet = 0; octet < 256; octet++) {
      vocab.append("\"<0x%02X>\": %d, ".formatted(octet, octet));
    }
    return """
    {"normalizer": null, %s,
     "added_tokens": [{"id": 256, "content": "<unk>", "special": true},
       {"id": 257, "content": "<s>", "special": true},
       {"id": 258, "content": "</s>", "special": true}%s],
     "model": {"type": "BPE", "byte_fallback": true, "fuse_unk": true, "unk_token": "<unk>",
       "vocab": {%s "<unk>": 256, "<s>": 257, "</s>": 258, "\u2581": 259, "a": 260, "b": 261, "c": 262,
         "ab": 263, "abc": 264, "\u2581a": 265, "bc": 266},
       "merges": [%s]},
     "decoder": {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}}
    """
        .formatted(before, added, vocab, merges);
  }

  private static final String ALL_MERGES = "\"a b\", \"b c\", \"ab c\", \"a bc\", \"\u2581 a\"";

  private static String metaspace(String scheme, boolean split) {
    return "\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"\u2581\", \"prepend_scheme\": \"%s\", \"split\": %s}"
        .formatted(scheme, split);
  }

  private TokenizerFacts facts(String json) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), json);
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"add_bos_token\": true}");
    return Tokenizers.facts(folder);
  }

  @Test
  void giveScoresToAListOfMergesThatWasMadeOfScores() throws IOException {
    TokenizerFacts facts = facts(characters(ALL_MERGES, metaspace("first", true), ""));
    assertArrayEquals(
        new float[] {-4, -4, -4, -4, 0, -2, -3, -1}, Arrays.copyOfRange(facts.scores(), 259, 267));
    assertArrayEquals(
        new int[] {6, 2, 3, 3, 1},
        new int[] {
          facts.types()[255],
          facts.types()[256],
          facts.types()[257],
          facts.types()[258],
          facts.types()[259]
        });
    assertTrue(facts.addBos() && facts.addSpacePrefix() && !facts.removeExtraWhitespaces());
    assertEquals(257, facts.bosId().getAsInt());
    assertEquals(256, facts.unknownId().getAsInt());
    assertTrue(
        facts.losses().getFirst().contains("only if it has none"), facts.losses().toString());
    Tokenizer published = Tokenizers.load(folder);
    Tokenizer made = build(facts);
    for (String text : new String[] {"abc", "a b cab é", "bcabcc  aa", "x\u2581a<0x41>"}) {
      assertArrayEquals(
          published.encode(text, EncodeOptions.PROMPT),
          made.encode(text, EncodeOptions.PROMPT),
          text);
    }
  }

  @Test
  void nameTextThatIsAlwaysOneToken() throws IOException {
    TokenizerFacts facts =
        facts(
            characters(
                ALL_MERGES,
                metaspace("always", false),
                ", {\"id\": 266, \"content\": \"bc\", \"special\": false, \"normalized\": true}, {\"id\": 268, \"content\": \"<x>\", \"special\": false, \"normalized\": false}"));
    assertEquals(4, facts.types()[266]);
    assertEquals(5, facts.types()[267], "an id that is left out");
    assertEquals(4, facts.types()[268]);
    assertTrue(facts.losses().toString().contains("the token 'bc'"), facts.losses().toString());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"a b\", \"b c\", \"ab c\", \"\u2581 a\"|\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"String\": \" \"}, \"content\": \"\u2581\"}|'a' and 'bc' do not merge",
        "\"a b\", \"a bc\", \"b c\", \"ab c\", \"\u2581 a\"|\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"\u2581\"}|merges into 'bc' and 'abc' stand among each other",
        "\"a b\"|\"pre_tokenizer\": {\"type\": \"Metaspace\", \"replacement\": \"_\"}|it writes '_' for spaces",
        "\"a b\"|\"pre_tokenizer\": {\"type\": \"Digits\"}|it cuts text before it merges",
        "\"a b\"|\"pre_tokenizer\": null|it does not write U+2581 for spaces",
        "\"a b\"|\"normalizer\": {\"type\": \"Prepend\", \"prepend\": \"x\"}|it puts 'x' in front",
      })
  void areRefusedWhereAGgufFileWouldSayAnotherTokenizer(
      String merges, String before, String complaint) {
    String json = characters(merges, before, "");
    String unambiguous =
        before.startsWith("\"normalizer\"") ? json.replace("\"normalizer\": null, ", "") : json;
    String message =
        assertThrows(UnsupportedModelException.class, () -> facts(unambiguous)).getMessage();
    assertTrue(message.contains(complaint), message);
    assertTrue(message.contains("the folder runs as it is"), message);
  }

  @Test
  void areRefusedWhereBytesOrWordsAreMissing() {
    String whole = characters(ALL_MERGES, metaspace("first", true), "");
    for (String[] change :
        new String[][] {
          {"\"byte_fallback\": true", "\"byte_fallback\": false", "no tokens for bytes"},
          {"\"<0x41>\": 65,", "\"A\": 65,", "no tokens for bytes"},
          {"\"bc\": 266", "\"bc\": 266, \"b\u2581\": 267", "never makes the token 'b\u2581'"},
          {"\"type\": \"BPE\"", "\"type\": \"BPE\", \"ignore_merges\": true, \"x\": 0", null},
        }) {
      String json = whole.replace(change[0], change[1]);
      if (change[2] == null) {
        assertDoesNotThrow(() -> facts(json));
      } else {
        String message =
            assertThrows(UnsupportedModelException.class, () -> facts(json)).getMessage();
        assertTrue(message.contains(change[2]), message);
      }
    }
  }

  /// They were learned as lists, as GPT-2's were.
  @ParameterizedTest
  @CsvSource({"characters.json, do not merge", "characters-unknown.json, no tokens for bytes"})
  void areNotReadFromCharactersThatMergeByAListAlone(String name, String complaint)
      throws IOException {
    Files.copy(Golden.file(name), folder.resolve("tokenizer.json"));
    String message =
        assertThrows(UnsupportedModelException.class, () -> Tokenizers.facts(folder)).getMessage();
    assertTrue(message.contains(complaint), message);
  }
}
