package dev.tern.source;

import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Supplier;

/// Ternary weights that the files do not have in the encoding in which they are loaded.
///
/// Whether they are packed otherwise, or are master weights that have yet to be measured and
/// rounded, is known to what hands out the rows.
///
/// @param name what GGUF files call it
/// @param shape `[rows, cols]`
/// @param encoding holds the shape: I2_S, IQ2_BN, or F32
/// @param data the bytes that hold the weights
/// @param rows finds scale and codes; may take a pass over all weights, and gives the same each
///   time
record TernaryTensor(
    String name, Shape shape, TensorType encoding, MemorySegment data, Supplier<TernaryRows> rows)
    implements SourceTensor {
  private static final ValueLayout.OfFloat SCALE =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK_COLUMNS = TensorType.I2_S.blockElements();
  private static final int BLOCK_BYTES = TensorType.I2_S.blockBytes();

  @Override
  public TensorType.Resolution type() {
    return new TensorType.Resolution.Known(encoding);
  }

  @Override
  public long byteSize() {
    return encoding.byteSize(shape);
  }

  @Override
  public boolean isMade() {
    return true;
  }

  @Override
  public void fill(MemorySegment bytes) {
    if (encoding == TensorType.I2_S && shape.cols() % BLOCK_COLUMNS == 0) {
      packRows(rows.get(), bytes);
      return;
    }
    Codecs.lowBit(encoding)
        .ifPresentOrElse(
            codec -> codec.encodeCodes(codes(rows.get()), shape, bytes),
            () -> Codecs.of(encoding).encode(values(), shape, bytes));
  }

  /// The same bytes as the codec's, several times as fast.
  private void packRows(TernaryRows ternary, MemorySegment bytes) {
    byte[] codes = new byte[Math.toIntExact(shape.cols())];
    byte[] packed = new byte[codes.length / 4];
    long at = 0;
    for (long row = 0; row < shape.rows(); row++) {
      ternary.codes().read(row, codes);
      for (int block = 0; block < codes.length / BLOCK_COLUMNS; block++) {
        packBlock(codes, block * BLOCK_COLUMNS, packed, block * BLOCK_BYTES);
      }
      MemorySegment.copy(packed, 0, bytes, ValueLayout.JAVA_BYTE, at, packed.length);
      at += packed.length;
    }
    bytes.set(SCALE, at, ternary.dequantScale());
  }

  private static void packBlock(byte[] codes, int from, byte[] packed, int to) {
    for (int i = 0; i < BLOCK_BYTES; i++) {
      int high = (codes[from + i] + 1) << 6 | (codes[from + BLOCK_BYTES + i] + 1) << 4;
      int low =
          (codes[from + 2 * BLOCK_BYTES + i] + 1) << 2 | (codes[from + 3 * BLOCK_BYTES + i] + 1);
      packed[to + i] = (byte) (high | low);
    }
  }

  private static CodeSource codes(TernaryRows ternary) {
    return (row, codes, dequantScales) -> {
      ternary.codes().read(row, codes);
      Arrays.fill(dequantScales, ternary.dequantScale());
    };
  }

  @Override
  public void unload() {
    StoredTensor.unload(data);
  }

  @Override
  public Optional<CodeSource> codes() {
    return Optional.of(codes(rows.get()));
  }

  @Override
  public RowSource values() {
    TernaryRows ternary = rows.get();
    byte[] codes = new byte[Math.toIntExact(shape.cols())];
    return (row, values) -> {
      ternary.codes().read(row, codes);
      for (int col = 0; col < codes.length; col++) {
        values[col] = codes[col] * ternary.dequantScale();
      }
    };
  }
}
