package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.INTS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;

import dev.tern.kernel.Int16Vector;
import dev.tern.kernel.QuantizedRows;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// int8 rows times a vector in 16 bits, in exact 32-bit sums. Not safe for use by several threads.
final class RowsVector {
  private static final int LANES = INTS.length();

  /// Bytes that are loaded at once; with 128 bits they fill two vectors of ints.
  private static final int STEP = ByteVector.SPECIES_64.length();

  private short[] words = new short[0];
  private int[] values = new int[0];

  /// See `Kernels.dots`.
  void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    int stride = rows.stride();
    if (words.length != stride) {
      words = new short[stride];
      values = new int[stride];
    }
    MemorySegment.copy(x.codes(), ValueLayout.JAVA_SHORT, 0, words, 0, stride);
    for (int col = 0; col < stride; col++) {
      values[col] = words[col];
    }
    for (int row = fromRow; row < toRow; row++) {
      dots[row - fromRow] = dot(rows.codes(), (long) row * stride, stride);
    }
  }

  private int dot(MemorySegment codes, long base, int stride) {
    IntVector sum0 = IntVector.zero(INTS);
    IntVector sum1 = sum0;
    for (int col = 0; col < stride; col += 2 * STEP) {
      ByteVector first =
          ByteVector.fromMemorySegment(ByteVector.SPECIES_64, codes, base + col, LITTLE_ENDIAN);
      ByteVector second =
          ByteVector.fromMemorySegment(
              ByteVector.SPECIES_64, codes, base + col + STEP, LITTLE_ENDIAN);
      for (int part = 0; part < STEP / LANES; part++) {
        int at = col + part * LANES;
        sum0 =
            sum0.add(
                first
                    .convertShape(VectorOperators.B2I, INTS, part)
                    .mul(IntVector.fromArray(INTS, values, at)));
        sum1 =
            sum1.add(
                second
                    .convertShape(VectorOperators.B2I, INTS, part)
                    .mul(IntVector.fromArray(INTS, values, at + STEP)));
      }
    }
    return sum0.add(sum1).reduceLanes(VectorOperators.ADD);
  }
}
