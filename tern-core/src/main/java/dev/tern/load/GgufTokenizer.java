package dev.tern.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufValueType;
import dev.tern.tokenizer.PreTokenizer;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;

/// Makes a tokenizer from the `tokenizer.ggml.*` keys of a GGUF file (formats page, section 1.9),
/// with the repairs that the official BitNet 2B4T file needs.
public final class GgufTokenizer {
  private static final String PREFIX = "tokenizer.ggml.";

  /// The vocabulary of Llama 3, which 2B4T uses without saying so.
  private static final int LLAMA3_VOCABULARY = 128_256;

  private static final int LLAMA3_EOT = 128_009;
  private static final byte[] LLAMA3_EOT_TEXT = "<|eot_id|>".getBytes(UTF_8);

  private final GgufFile file;
  private final GgufMetadata metadata;
  private final Optional<String> preTokenizerOverride;
  private final List<String> notices;

  private GgufTokenizer(
      GgufFile file, Optional<String> preTokenizerOverride, List<String> notices) {
    this.file = file;
    this.metadata = file.metadata();
    this.preTokenizerOverride = preTokenizerOverride;
    this.notices = notices;
  }

  /// {@return the tokenizer of a file}
  ///
  /// @param file an open file
  /// @param preTokenizer overrides the one that the file names
  /// @param notices receives a sentence for each repair
  /// @throws ModelFormatException if the keys are missing or contradict each other
  /// @throws UnsupportedModelException if the kind of tokenizer is not known
  public static Tokenizer read(GgufFile file, Optional<String> preTokenizer, List<String> notices) {
    return new GgufTokenizer(file, preTokenizer, notices).read();
  }

  private Tokenizer read() {
    List<byte[]> tokens = requireArray("tokens").stringBytes();
    String family = metadata.requireString(PREFIX + "model");
    TokenizerBuilder builder =
        switch (family) {
          case "gpt2" -> byteLevel(tokens);
          case "llama" -> sentencePiece(tokens);
          default ->
              throw new UnsupportedModelException(
                  "%s: the tokenizer '%s' is not supported; Tern knows gpt2 (byte-level BPE) and llama (SentencePiece BPE)"
                      .formatted(file, family));
        };
    metadata
        .findArray(PREFIX + "token_type", GgufValueType.INT32)
        .ifPresent(types -> builder.types(types.ints()));
    findId("bos", builder::bosId);
    findId("eos", builder::eosId);
    findId("eom", builder::eomId);
    findId("unknown", builder::unknownId);
    findId("padding", builder::padId);
    eotId(tokens).ifPresent(builder::eotId);
    metadata.findBool(PREFIX + "add_bos_token").ifPresent(builder::addBos);
    metadata.findBool(PREFIX + "add_eos_token").ifPresent(builder::addEos);
    return builder.build();
  }

  private TokenizerBuilder byteLevel(List<byte[]> tokens) {
    TokenizerBuilder builder = TokenizerBuilder.byteLevel(file.source(), tokens);
    metadata
        .findArray(PREFIX + "merges", GgufValueType.STRING)
        .ifPresent(merges -> builder.merges(merges.stringBytes()));
    if (preTokenizerOverride.isPresent()) {
      return builder.preTokenizer(known(preTokenizerOverride.get()));
    }
    Optional<String> named = metadata.findString(PREFIX + "pre");
    if (named.isPresent()) {
      return builder.preTokenizer(named.get());
    }
    if (isBitNet2B4T(tokens.size())) {
      notices.add(
          "the file names no pre-tokenizer; using Llama 3's, which the model was trained with (--pre-tokenizer default reproduces bitnet.cpp)");
      return builder.preTokenizer(PreTokenizer.LLAMA_BPE);
    }
    notices.add(
        "the file names no pre-tokenizer; using llama.cpp's default, which may split words differently than the model expects");
    return builder.preTokenizer(PreTokenizer.DEFAULT);
  }

  /// Unlike a name in a file, a wrong name in an option is the caller's mistake.
  static PreTokenizer known(String name) {
    try {
      return PreTokenizer.named(name);
    } catch (UnsupportedModelException unknown) {
      throw new IllegalArgumentException(unknown.getMessage(), unknown);
    }
  }

  private TokenizerBuilder sentencePiece(List<byte[]> tokens) {
    if (preTokenizerOverride.isPresent()) {
      throw new IllegalArgumentException(
          "the model's SentencePiece tokenizer has no pre-tokenizer to override");
    }
    // llama.cpp's ids where a file names none.
    TokenizerBuilder builder =
        TokenizerBuilder.sentencePiece(file.source(), tokens).unknownId(0).bosId(1).eosId(2);
    builder.scores(
        metadata
            .findArray(PREFIX + "scores", GgufValueType.FLOAT32)
            .orElseThrow(() -> missing("scores"))
            .floats());
    metadata.findBool(PREFIX + "add_space_prefix").ifPresent(builder::addSpacePrefix);
    metadata
        .findBool(PREFIX + "remove_extra_whitespaces")
        .ifPresent(builder::removeExtraWhitespaces);
    return builder;
  }

  /// The official file does not say which token ends a turn.
  private OptionalInt eotId(List<byte[]> tokens) {
    OptionalInt named = metadata.findInt(PREFIX + "eot_token_id");
    if (named.isEmpty()
        && isBitNet2B4T(tokens.size())
        && Arrays.equals(tokens.get(LLAMA3_EOT), LLAMA3_EOT_TEXT)) {
      notices.add("the file does not name the token that ends a turn; using <|eot_id|>");
      return OptionalInt.of(LLAMA3_EOT);
    }
    return named;
  }

  private boolean isBitNet2B4T(int vocabularySize) {
    String architecture = metadata.findString("general.architecture").orElse("");
    return vocabularySize == LLAMA3_VOCABULARY
        && new BitNet2B4TArchitecture().names().contains(architecture);
  }

  private void findId(String name, IntConsumer setter) {
    metadata.findInt(PREFIX + name + "_token_id").ifPresent(setter);
  }

  private GgufArray requireArray(String name) {
    return metadata.findArray(PREFIX + name, GgufValueType.STRING).orElseThrow(() -> missing(name));
  }

  private ModelFormatException missing(String name) {
    return new ModelFormatException(
        "%s: the metadata key %s%s is missing; the file has no vocabulary that Tern can use"
            .formatted(file, PREFIX, name));
  }
}
