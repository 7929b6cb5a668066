package dev.tern.tensor;

import java.util.Arrays;
import java.util.List;

/// The encodings Tern reads and writes, with what a container needs to know of them: wire id and
/// sizes.
///
/// What the bytes mean is in `dev.tern.quant`. Ids clash between the forks that invented them: 36
/// is I2_S in two layouts that nothing in a file tells apart, and 42 is Q2_0 with 64 or 128
/// elements to a scale, which only the sizes of the file's tensor slots tell apart.
public enum TensorType {
  /// 32-bit floats.
  F32(0, 1, 4),
  /// IEEE half precision.
  F16(1, 1, 2),
  /// The upper half of a 32-bit float.
  BF16(30, 1, 2),
  /// 8 bits, a half-precision scale per 32.
  Q8_0(8, 32, 34),
  /// 4 bits, a half-precision scale per 32.
  Q4_0(2, 32, 18),
  /// 4 bits, 6-bit scales and minima per 32 under two half-precision ones per 256.
  Q4_K(12, 256, 144),
  /// 6 bits, 8-bit scales per 16 under a half-precision one per 256.
  Q6_K(14, 256, 210),
  /// Ternary, 2 bits, one scale per tensor, four weights 32 columns apart in a byte: all published
  /// BitNet files.
  I2_S(36, 128, 32, 0, 32),
  /// As [#I2_S], but with four weights 16 columns apart in a byte: written by bitnet.cpp on ARM
  /// since November 2025.
  I2_S_ARM64(36, 64, 16, 0, 32),
  /// Ternary, five to a byte, a half-precision scale per 256.
  TQ1_0(34, 256, 54),
  /// Ternary, 2 bits, a half-precision scale per 256.
  TQ2_0(35, 256, 66),
  /// Binary, 1 bit, a half-precision scale per 128.
  Q1_0(41, 128, 18),
  /// 2 bits for -1, 0, +1 and +2, a half-precision scale per 64.
  Q2_0(42, 64, 18),
  /// As [#Q2_0], with a scale per 128: written by the PrismML fork under the same id.
  Q2_0_G128(42, 128, 34),
  /// Ternary, 1.625 bits, a half-precision scale per row.
  IQ1_BN(134, 64, 13, 2, 0),
  /// Ternary, 2 bits, a 32-bit scale per row.
  IQ2_BN(135, 64, 16, 4, 0);

  private static final List<TensorType> ALL = List.of(values());

  private final int id;
  private final int blockElements;
  private final int blockBytes;
  private final int rowHeaderBytes;
  private final int tailBytes;

  TensorType(int id, int blockElements, int blockBytes) {
    this(id, blockElements, blockBytes, 0, 0);
  }

  TensorType(int id, int blockElements, int blockBytes, int rowHeaderBytes, int tailBytes) {
    this.id = id;
    this.blockElements = blockElements;
    this.blockBytes = blockBytes;
    this.rowHeaderBytes = rowHeaderBytes;
    this.tailBytes = tailBytes;
  }

  /// {@return the type number in a GGUF file}
  public int id() {
    return id;
  }

  /// {@return how many elements one block encodes}
  public int blockElements() {
    return blockElements;
  }

  /// {@return how many bytes one block takes}
  public int blockBytes() {
    return blockBytes;
  }

  /// {@return bytes before the blocks of each row: the scale of a row-scaled encoding}
  public int rowHeaderBytes() {
    return rowHeaderBytes;
  }

  /// {@return bytes after the last block of the tensor: the scale of a tensor-scaled encoding and
  /// its padding}
  public int tailBytes() {
    return tailBytes;
  }

  /// {@return whether blocks run on across row boundaries, so that only the whole tensor must fill
  /// them}
  public boolean blocksSpanRows() {
    return this == I2_S || this == I2_S_ARM64;
  }

  /// {@return whether each element is a small integer code times a scale, with codes -1, 0, +1 (and
  /// +2 in Q2_0)}
  public boolean isLowBit() {
    return switch (this) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, Q1_0, Q2_0, Q2_0_G128, IQ1_BN, IQ2_BN -> true;
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K -> false;
    };
  }

  /// {@return whether a tensor of this shape fills whole blocks, as the encoding demands}
  public boolean canHold(Shape shape) {
    return (blocksSpanRows() ? shape.elements() : shape.cols()) % blockElements == 0;
  }

  /// {@return the bytes of a tensor of this shape}
  ///
  /// @throws IllegalArgumentException if the shape does not fill whole blocks
  /// @throws ArithmeticException if the size does not fit a `long`
  public long byteSize(Shape shape) {
    if (!canHold(shape)) {
      throw new IllegalArgumentException(
          "%s needs a multiple of %d %s, not a shape of %s"
              .formatted(this, blockElements, blocksSpanRows() ? "elements" : "columns", shape));
    }
    long blocks = Math.multiplyExact(shape.elements() / blockElements, (long) blockBytes);
    long headers = Math.multiplyExact(shape.rows(), (long) rowHeaderBytes);
    return Math.addExact(Math.addExact(blocks, headers), tailBytes);
  }

  /// Finds the encoding that a file's type number means.
  ///
  /// Where one number has two layouts this is the usual one: [#I2_S] for 36 and [#Q2_0] for 42.
  ///
  /// @param id the type number in the file
  /// @return the encoding, or the reason why there is none
  public static Resolution resolve(int id) {
    for (TensorType type : ALL) {
      if (type.id == id) {
        return new Resolution.Known(type);
      }
    }
    return ForeignTensorTypes.describe(id);
  }

  /// {@return the encoding of that name}
  ///
  /// @param name as printed by [#name()], in any case
  /// @throws IllegalArgumentException if there is none; the message lists them
  public static TensorType byName(String name) {
    return ALL.stream()
        .filter(type -> type.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is not an encoding; Tern knows %s"
                    .formatted(name, Arrays.toString(values()))));
  }

  /// What a file's type number turned out to mean.
  public sealed interface Resolution {
    /// An encoding Tern implements.
    ///
    /// @param type the encoding
    record Known(TensorType type) implements Resolution {}

    /// A type number that Tern does not implement.
    ///
    /// @param id the number in the file
    /// @param name what the world calls it
    /// @param advice why it is refused and what to use instead
    record Foreign(int id, String name, String advice) implements Resolution {}
  }
}
