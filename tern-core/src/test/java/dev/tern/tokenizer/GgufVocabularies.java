package dev.tern.tokenizer;

import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufValueType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Builds tokenizers from the metadata of GGUF files, as the package that joins files to models
/// does.
final class GgufVocabularies {
  private GgufVocabularies() {}

  static Tokenizer load(Path path) throws IOException {
    return load(path, Optional.empty());
  }

  static Tokenizer load(Path path, Optional<PreTokenizer> override) throws IOException {
    try (GgufFile file = GgufFile.open(path)) {
      GgufMetadata metadata = file.metadata();
      TokenizerBuilder builder =
          metadata.requireString("tokenizer.ggml.model").equals("llama")
              ? sentencePiece(path.toString(), metadata)
              : byteLevel(path.toString(), metadata);
      override.ifPresent(builder::preTokenizer);
      metadata
          .findArray("tokenizer.ggml.token_type", GgufValueType.INT32)
          .ifPresent(types -> builder.types(types.ints()));
      metadata.findInt("tokenizer.ggml.bos_token_id").ifPresent(builder::bosId);
      metadata.findInt("tokenizer.ggml.eos_token_id").ifPresent(builder::eosId);
      metadata.findInt("tokenizer.ggml.eot_token_id").ifPresent(builder::eotId);
      metadata.findInt("tokenizer.ggml.eom_token_id").ifPresent(builder::eomId);
      metadata.findInt("tokenizer.ggml.unknown_token_id").ifPresent(builder::unknownId);
      metadata.findInt("tokenizer.ggml.padding_token_id").ifPresent(builder::padId);
      metadata.findBool("tokenizer.ggml.add_bos_token").ifPresent(builder::addBos);
      metadata.findBool("tokenizer.ggml.add_eos_token").ifPresent(builder::addEos);
      return builder.build();
    }
  }

  private static TokenizerBuilder byteLevel(String source, GgufMetadata metadata) {
    return TokenizerBuilder.byteLevel(source, strings(metadata, "tokens"))
        .merges(strings(metadata, "merges"))
        .preTokenizer(metadata.findString("tokenizer.ggml.pre").orElse("default"));
  }

  private static TokenizerBuilder sentencePiece(String source, GgufMetadata metadata) {
    TokenizerBuilder builder =
        TokenizerBuilder.sentencePiece(source, strings(metadata, "tokens"))
            .scores(
                metadata
                    .findArray("tokenizer.ggml.scores", GgufValueType.FLOAT32)
                    .orElseThrow()
                    .floats())
            .unknownId(0)
            .bosId(1)
            .eosId(2);
    metadata.findBool("tokenizer.ggml.add_space_prefix").ifPresent(builder::addSpacePrefix);
    metadata
        .findBool("tokenizer.ggml.remove_extra_whitespaces")
        .ifPresent(builder::removeExtraWhitespaces);
    return builder;
  }

  private static List<byte[]> strings(GgufMetadata metadata, String name) {
    return metadata
        .findArray("tokenizer.ggml." + name, GgufValueType.STRING)
        .orElseThrow()
        .stringBytes();
  }
}
