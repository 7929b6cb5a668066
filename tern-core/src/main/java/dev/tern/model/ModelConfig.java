package dev.tern.model;

import java.util.function.Supplier;

/// The shape of a model, in the field's terms.
///
/// @param architecture its name in the file, for example `bitnet-b1.58`
/// @param hiddenSize the width of the residual stream
/// @param intermediateSize the width of the feed-forward network
/// @param layerCount the number of blocks
/// @param headCount query heads of a block
/// @param kvHeadCount key and value heads of a block; divides `headCount`
/// @param headDim elements of one head; even
/// @param vocabularySize rows of embedding and head
/// @param contextLength the most positions the model was trained for
/// @param ropeTheta the base of the rotary frequencies
/// @param rmsNormEps what every norm adds to the mean square
/// @param style what its blocks are like
public record ModelConfig(
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
    float rmsNormEps,
    BlockStyle style) {
  /// Checks that the numbers fit together.
  ///
  /// @throws IllegalArgumentException if they do not; the message says which
  public ModelConfig {
    positive("hidden size", hiddenSize);
    positive("intermediate size", intermediateSize);
    positive("layer count", layerCount);
    positive("head count", headCount);
    positive("KV head count", kvHeadCount);
    positive("head dim", headDim);
    positive("vocabulary size", vocabularySize);
    positive("context length", contextLength);
    require(
        headCount % kvHeadCount == 0,
        () -> "%d heads cannot share %d KV heads".formatted(headCount, kvHeadCount));
    require(
        headDim % 2 == 0,
        () -> "the head dim %d is odd, which RoPE cannot rotate".formatted(headDim));
    require(
        (long) headCount * headDim <= Integer.MAX_VALUE / 4,
        () -> "%d heads of %d elements are too many".formatted(headCount, headDim));
    require(
        intermediateSize <= Integer.MAX_VALUE / 4,
        () -> "an intermediate size of %d is too large".formatted(intermediateSize));
    require(
        ropeTheta > 0 && Float.isFinite(ropeTheta),
        () -> "the RoPE theta %s is not positive".formatted(ropeTheta));
    require(
        rmsNormEps >= 0 && Float.isFinite(rmsNormEps),
        () -> "the RMSNorm epsilon %s is not positive".formatted(rmsNormEps));
  }

  private static void positive(String what, int value) {
    require(value > 0, () -> "the %s is %d".formatted(what, value));
  }

  private static void require(boolean condition, Supplier<String> message) {
    if (!condition) {
      throw new IllegalArgumentException(message.get());
    }
  }

  /// {@return the width of all query heads together}
  public int queryWidth() {
    return headCount * headDim;
  }

  /// {@return the width of all key or value heads together}
  public int kvWidth() {
    return kvHeadCount * headDim;
  }
}
