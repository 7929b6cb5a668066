package dev.tern.kernel.vector;

import static dev.tern.kernel.vector.Shapes.INTS;
import static dev.tern.kernel.vector.Shapes.LITTLE_ENDIAN;
import static dev.tern.kernel.vector.Shapes.SHORTS;

import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/// One token times ternary rows: the exact integer dot product of decode.
///
/// The packed row is read as 16-bit lanes, each holding eight 2-bit codes. Shifting by 4 and
/// masking with 3 and with 12 brings every code to bits 0-1 or 2-3 of its lane, where it is
/// multiplied by the activation as an unsigned code 0, 1, 2; codes at bits 2-3 are summed apart at
/// four times their value and divided exactly at the end. The sum of the activations is subtracted
/// last: `sum((u - 1) x) = sum(u x) - sum(x)`.
final class TernaryVector {
  /// Lanes of one chunk of codes; a chunk is that many shorts of packed bytes and eight times that
  /// many columns.
  private static final int LANES = SHORTS.length();

  private static final int CHUNK_BYTES = 2 * LANES;
  private static final int CHUNK_COLUMNS = 4 * CHUNK_BYTES;
  private static final int CODES_PER_LANE = 8;

  /// A lane of the scale-4 sum gains at most 2 * 4 * 2 * 127 = 2,032 per chunk; 15 chunks stay
  /// below 32,767.
  private static final int CHUNKS_PER_FLUSH = 15;

  private static final short LOW = 0b0011;
  private static final short HIGH = 0b1100;

  private TernaryVector() {}

  /// {@return an array for [#arrange] to fill}
  static short[] arrangement(Int8Activations x) {
    return new short[x.stride()];
  }

  /// Widens a token's codes to 16 bits in the order in which [#dot] meets them.
  static void arrange(Int8Activations x, int token, short[] arranged) {
    MemorySegment codes = x.codes();
    long base = (long) token * x.stride();
    int out = 0;
    for (int chunk = 0; chunk < x.stride() / CHUNK_COLUMNS; chunk++) {
      int firstByte = chunk * CHUNK_BYTES;
      int block = firstByte / TernaryMatrix.BLOCK_BYTES * TernaryMatrix.BLOCK_COLUMNS;
      int inBlock = firstByte % TernaryMatrix.BLOCK_BYTES;
      for (int code = 0; code < CODES_PER_LANE; code++) {
        int quarter = 3 - code % 4;
        int odd = code / 4;
        int first = block + quarter * TernaryMatrix.BLOCK_BYTES + inBlock + odd;
        for (int lane = 0; lane < LANES; lane++) {
          arranged[out++] = codes.get(ValueLayout.JAVA_BYTE, base + first + 2L * lane);
        }
      }
    }
  }

  /// The dot product of one packed row of unsigned codes and an arranged token.
  static int dot(MemorySegment codes, long row, short[] x) {
    int chunks = x.length / CHUNK_COLUMNS;
    IntVector sum = IntVector.zero(INTS);
    for (int first = 0; first < chunks; first += CHUNKS_PER_FLUSH) {
      int end = Math.min(chunks, first + CHUNKS_PER_FLUSH);
      ShortVector low = ShortVector.zero(SHORTS);
      ShortVector high = low;
      ShortVector low2 = low;
      ShortVector high2 = low;
      for (int chunk = first; chunk < end; chunk++) {
        int at = chunk * CHUNK_COLUMNS;
        ShortVector c =
            ShortVector.fromMemorySegment(
                SHORTS, codes, row + (long) chunk * CHUNK_BYTES, LITTLE_ENDIAN);
        low = low.add(c.and(LOW).mul(ShortVector.fromArray(SHORTS, x, at)));
        high = high.add(c.and(HIGH).mul(ShortVector.fromArray(SHORTS, x, at + LANES)));
        ShortVector c4 = c.lanewise(VectorOperators.LSHR, 4);
        low2 = low2.add(c4.and(LOW).mul(ShortVector.fromArray(SHORTS, x, at + 2 * LANES)));
        high2 = high2.add(c4.and(HIGH).mul(ShortVector.fromArray(SHORTS, x, at + 3 * LANES)));
        ShortVector c8 = c.lanewise(VectorOperators.LSHR, 8);
        low = low.add(c8.and(LOW).mul(ShortVector.fromArray(SHORTS, x, at + 4 * LANES)));
        high = high.add(c8.and(HIGH).mul(ShortVector.fromArray(SHORTS, x, at + 5 * LANES)));
        ShortVector c12 = c.lanewise(VectorOperators.LSHR, 12);
        low2 = low2.add(c12.and(LOW).mul(ShortVector.fromArray(SHORTS, x, at + 6 * LANES)));
        high2 = high2.add(c12.and(HIGH).mul(ShortVector.fromArray(SHORTS, x, at + 7 * LANES)));
      }
      // Quartered before they are added: two scale-4 sums of 30,480 would not fit a short together.
      ShortVector quarters =
          high.lanewise(VectorOperators.ASHR, 2).add(high2.lanewise(VectorOperators.ASHR, 2));
      ShortVector ones = low.add(low2);
      sum =
          sum.add(ones.convertShape(VectorOperators.S2I, INTS, 0))
              .add(ones.convertShape(VectorOperators.S2I, INTS, 1))
              .add(quarters.convertShape(VectorOperators.S2I, INTS, 0))
              .add(quarters.convertShape(VectorOperators.S2I, INTS, 1));
    }
    return sum.reduceLanes(VectorOperators.ADD);
  }
}
