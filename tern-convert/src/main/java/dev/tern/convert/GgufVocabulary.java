package dev.tern.convert;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufValue;
import dev.tern.source.HuggingFaceSource;
import dev.tern.tokenizer.PreTokenizer;
import dev.tern.tokenizer.TokenizerFacts;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// Puts a tokenizer's facts under GGUF's keys (formats page, section 1.9).
final class GgufVocabulary {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final int UNUSED = 5;

  private final HuggingFaceSource model;
  private final Optional<String> preTokenizer;
  private final List<String> notices;

  GgufVocabulary(HuggingFaceSource model, Optional<String> preTokenizer, List<String> notices) {
    this.model = model;
    this.preTokenizer = preTokenizer;
    this.notices = notices;
  }

  void put(Map<String, GgufValue> pairs) throws IOException {
    TokenizerFacts facts = Tokenizers.facts(model.folder());
    notices.addAll(facts.losses());
    int rows = Math.toIntExact(model.require("token_embd.weight").shape().rows());
    int size = Math.max(rows, facts.tokens().size());
    pairs.put(PREFIX + "model", GgufValue.text(facts.isByteLevel() ? "gpt2" : "llama"));
    if (facts.isByteLevel()) {
      pairs.put(PREFIX + "pre", GgufValue.text(preTokenizer(facts)));
    } else if (preTokenizer.isPresent()) {
      throw new IllegalArgumentException(
          "the model's SentencePiece tokenizer has no pre-tokenizer to name");
    }
    pairs.put(PREFIX + "tokens", GgufArray.ofStrings(tokens(facts, size)));
    if (!facts.isByteLevel()) {
      pairs.put(PREFIX + "scores", GgufArray.ofFloats(Arrays.copyOf(facts.scores(), size)));
    }
    int[] types = Arrays.copyOf(facts.types(), size);
    Arrays.fill(types, facts.tokens().size(), size, UNUSED);
    pairs.put(PREFIX + "token_type", GgufArray.ofInts(types));
    if (facts.isByteLevel()) {
      pairs.put(PREFIX + "merges", GgufArray.ofStrings(texts(facts.merges())));
    }
    putId(pairs, "bos", facts.bosId());
    putId(pairs, "eos", facts.eosId());
    putId(pairs, "eot", facts.turnEndId());
    putId(pairs, "unknown", facts.unknownId());
    putId(pairs, "padding", facts.padId());
    pairs.put(PREFIX + "add_bos_token", GgufValue.bool(facts.addBos()));
    pairs.put(PREFIX + "add_eos_token", GgufValue.bool(facts.addEos()));
    if (!facts.isByteLevel()) {
      pairs.put(PREFIX + "add_space_prefix", GgufValue.bool(facts.addSpacePrefix()));
      pairs.put(
          PREFIX + "remove_extra_whitespaces", GgufValue.bool(facts.removeExtraWhitespaces()));
    }
  }

  private String preTokenizer(TokenizerFacts facts) {
    if (preTokenizer.isPresent()) {
      return PreTokenizer.named(preTokenizer.get()).displayName();
    }
    return facts
        .preTokenizer()
        .map(PreTokenizer::displayName)
        .orElseThrow(() ->
            new UnsupportedModelException(
                "%s: its tokenizer.json cuts words in a way for which GGUF has no name that Tern knows; the folder runs as it is, and --pre-tokenizer names one that comes close"
                    .formatted(model)));
  }

  /// An embedding may have rows for tokens that do not exist; other programs want as many names.
  private static List<String> tokens(TokenizerFacts facts, int size) {
    List<String> tokens = new ArrayList<>(texts(facts.tokens()));
    while (tokens.size() < size) {
      tokens.add("[PAD%d]".formatted(tokens.size()));
    }
    return tokens;
  }

  private static List<String> texts(List<byte[]> utf8) {
    return utf8.stream().map(bytes -> new String(bytes, UTF_8)).toList();
  }

  private static void putId(Map<String, GgufValue> pairs, String name, OptionalInt id) {
    id.ifPresent(value -> pairs.put(PREFIX + name + "_token_id", GgufValue.uint32(value)));
  }
}
