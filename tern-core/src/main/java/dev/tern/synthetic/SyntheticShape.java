package dev.tern.synthetic;

import java.util.List;

/// The shape of a model, as published or made up.
///
/// @param name what to call it
/// @param architecture its name in GGUF files
/// @param hiddenSize the width of the residual stream
/// @param intermediateSize the width of the feed-forward network
/// @param layerCount the number of blocks
/// @param headCount query heads
/// @param kvHeadCount key and value heads
/// @param headDim elements of one head
/// @param vocabularySize rows of the embedding, at least 260
/// @param contextLength the most positions
/// @param ropeTheta the base of the rotary frequencies
/// @param rmsNormEps what norms add to the mean square
public record SyntheticShape(
    String name,
    String architecture,
    int hiddenSize,
    int intermediateSize,
    int layerCount,
    int headCount,
    int kvHeadCount,
    int headDim,
    int vocabularySize,
    int contextLength,
    float ropeTheta,
    float rmsNormEps) {
  /// microsoft/bitnet-b1.58-2B-4T.
  public static final SyntheticShape BITNET_2B =
      new SyntheticShape(
          "bitnet-2b", "bitnet-b1.58", 2560, 6912, 30, 20, 5, 128, 128_256, 4096, 500_000, 1e-5f);

  /// 1bitLLM/bitnet_b1_58-large.
  public static final SyntheticShape BITNET_LARGE =
      new SyntheticShape(
          "bitnet-large", "bitnet", 1536, 4096, 24, 16, 16, 96, 32_002, 2048, 10_000, 1e-5f);

  /// tiiuae/Falcon3-1B-Instruct-1.58bit.
  public static final SyntheticShape FALCON3_1B =
      new SyntheticShape(
          "falcon3-1b", "llama", 2048, 8192, 18, 8, 4, 256, 131_072, 8192, 1_000_042, 1e-6f);

  /// The smallest that has everything: for tests, and for warming up.
  public static final SyntheticShape TINY =
      new SyntheticShape("tiny", "bitnet-b1.58", 128, 256, 2, 4, 2, 32, 300, 512, 10_000, 1e-5f);

  /// Checks what the writer relies on.
  ///
  /// @throws IllegalArgumentException if the vocabulary has no room for all bytes and the special
  ///   tokens
  public SyntheticShape {
    if (vocabularySize < SyntheticVocabulary.LEAST_SIZE) {
      throw new IllegalArgumentException(
          "a vocabulary needs at least %d tokens".formatted(SyntheticVocabulary.LEAST_SIZE));
    }
  }

  /// {@return a shape by its name}
  ///
  /// @param name one of [#names()]
  /// @throws IllegalArgumentException if there is none; the message lists them
  public static SyntheticShape byName(String name) {
    return PublishedShapes.find(name)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no shape '%s'; Tern knows %s"
                    .formatted(name, String.join(", ", names()))));
  }

  /// {@return the names of all shapes, small ones first}
  public static List<String> names() {
    return PublishedShapes.names();
  }

  /// {@return how many weights the linear layers of all blocks have}
  public long blockWeights() {
    long queries = (long) headCount * headDim;
    long keys = (long) kvHeadCount * headDim;
    return layerCount
        * (2 * queries * hiddenSize + 2 * keys * hiddenSize + 3L * intermediateSize * hiddenSize);
  }

  /// {@return this shape under another name}
  ///
  /// @param value what to call it
  SyntheticShape withName(String value) {
    return new SyntheticShape(
        value,
        architecture,
        hiddenSize,
        intermediateSize,
        layerCount,
        headCount,
        kvHeadCount,
        headDim,
        vocabularySize,
        contextLength,
        ropeTheta,
        rmsNormEps);
  }

  /// {@return this shape for another architecture}
  ///
  /// @param value for example `llama`
  public SyntheticShape withArchitecture(String value) {
    return new SyntheticShape(
        name,
        value,
        hiddenSize,
        intermediateSize,
        layerCount,
        headCount,
        kvHeadCount,
        headDim,
        vocabularySize,
        contextLength,
        ropeTheta,
        rmsNormEps);
  }

  boolean hasSubNorms() {
    return architecture.startsWith("bitnet");
  }

  boolean hasHeadNorms() {
    return architecture.startsWith("qwen3");
  }
}
