package dev.tern.synthetic;

import dev.tern.quant.Codec;
import dev.tern.quant.Codecs;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/// Fills tensors with random weights, as fast as memory takes them: in parallel, and the same
/// whatever the number of threads.
///
/// Ternary values for low-bit encodings, normally distributed ones for others. Where values or rows
/// take long to make, some are drawn and then repeated in random order.
final class SyntheticWeights {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// What one thread fills at a time.
  private static final int CHUNK_BYTES = 1 << 20;

  /// Eight ternary codes: every combination of 0, 1 and 2 in eight 2-bit fields.
  private static final short[] EIGHT_CODES = eightCodes();

  private static final int SAMPLE_BITS = 14;
  private static final int SAMPLES = 1 << SAMPLE_BITS;

  private static final int DISTINCT_ROWS = 256;
  private static final int ROWS_AT_ONCE = 32;

  private final TensorType type;
  private final Shape matrix;
  private final long seed;
  private final float dequantScale;

  /// Describes a tensor's weights.
  ///
  /// @param type its encoding
  /// @param matrix its shape
  /// @param seed of the weights
  SyntheticWeights(TensorType type, Shape matrix, long seed) {
    this.type = type;
    this.matrix = matrix;
    this.seed = seed;
    this.dequantScale = (float) (1 / Math.sqrt((double) matrix.cols()));
  }

  /// Fills a tensor.
  ///
  /// @param bytes its data, memory that all threads may use
  /// @param progress told how many bytes were filled, in between, by any thread
  void fill(MemorySegment bytes, LongConsumer progress) {
    switch (type) {
      case I2_S, I2_S_ARM64 -> fillTernary(bytes, progress);
      case F16 -> fillHalves(bytes, progress);
      default -> fillRows(bytes, progress);
    }
  }

  @FunctionalInterface
  private interface Filler {
    void fill(MemorySegment bytes, SplittableRandom random);
  }

  private void inChunks(MemorySegment bytes, LongConsumer progress, Filler filler) {
    int chunks = Math.toIntExact(Math.ceilDiv(bytes.byteSize(), CHUNK_BYTES));
    IntStream.range(0, chunks)
        .parallel()
        .forEach(chunk -> {
          long from = (long) chunk * CHUNK_BYTES;
          long length = Math.min(CHUNK_BYTES, bytes.byteSize() - from);
          filler.fill(bytes.asSlice(from, length), new SplittableRandom(seed + chunk));
          progress.accept(length);
        });
  }

  /// Both I2_S layouts hold four independent codes in each byte.
  private void fillTernary(MemorySegment bytes, LongConsumer progress) {
    long codeBytes = bytes.byteSize() - type.tailBytes();
    inChunks(
        bytes.asSlice(0, codeBytes),
        progress,
        (chunk, random) -> {
          for (long at = 0; at < chunk.byteSize(); at += Integer.BYTES) {
            long bits = random.nextLong();
            chunk.set(SHORT, at, EIGHT_CODES[below(EIGHT_CODES.length, bits)]);
            chunk.set(SHORT, at + Short.BYTES, EIGHT_CODES[below(EIGHT_CODES.length, bits >>> 32)]);
          }
        });
    bytes.set(FLOAT, codeBytes, dequantScale);
    progress.accept(type.tailBytes());
  }

  /// {@return a number from 0 to `bound - 1` from the low 32 bits}
  private static int below(int bound, long bits) {
    return (int) (((bits & 0xFFFF_FFFFL) * bound) >>> 32);
  }

  private void fillHalves(MemorySegment bytes, LongConsumer progress) {
    SplittableRandom values = new SplittableRandom(~seed);
    short[] samples = new short[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      samples[i] = Float.floatToFloat16((float) (values.nextGaussian() * dequantScale));
    }
    inChunks(
        bytes,
        progress,
        (chunk, random) -> {
          long bits = 0;
          for (long at = 0; at < chunk.byteSize(); at += Short.BYTES) {
            bits = at % Long.BYTES == 0 ? random.nextLong() : bits >>> SAMPLE_BITS;
            chunk.set(SHORT, at, samples[(int) bits & (SAMPLES - 1)]);
          }
        });
  }

  /// Encodes some rows and repeats them.
  private void fillRows(MemorySegment bytes, LongConsumer progress) {
    long rows = matrix.rows();
    int distinct = (int) Math.min(rows, DISTINCT_ROWS);
    long rowBytes = bytes.byteSize() / rows;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment pool =
          distinct == rows ? bytes : arena.allocate(distinct * rowBytes, Long.BYTES);
      IntStream.range(0, Math.ceilDiv(distinct, ROWS_AT_ONCE))
          .parallel()
          .forEach(part -> {
            int from = part * ROWS_AT_ONCE;
            int count = Math.min(ROWS_AT_ONCE, distinct - from);
            encode(from, count, pool.asSlice(from * rowBytes, count * rowBytes));
          });
      if (distinct < rows) {
        repeat(pool, distinct, bytes, progress);
      } else {
        progress.accept(bytes.byteSize());
      }
    }
  }

  private void encode(int firstRow, int rows, MemorySegment bytes) {
    Codec codec = Codecs.of(type);
    RowSource source =
        (row, values) -> {
          SplittableRandom random = new SplittableRandom(~seed + firstRow + row);
          for (int col = 0; col < values.length; col++) {
            values[col] = dequantScale * value(random);
          }
        };
    codec.encode(source, Shape.of(rows, matrix.cols()), bytes);
  }

  private float value(SplittableRandom random) {
    if (type == TensorType.Q1_0) {
      return 2 * random.nextInt(2) - 1;
    }
    return type.isLowBit() ? random.nextInt(3) - 1 : (float) random.nextGaussian();
  }

  private void repeat(
      MemorySegment pool, int distinct, MemorySegment bytes, LongConsumer progress) {
    long rowBytes = pool.byteSize() / distinct;
    int rows = Math.toIntExact(matrix.rows());
    int rowsAtOnce = (int) Math.max(1, CHUNK_BYTES / rowBytes);
    IntStream.range(0, Math.ceilDiv(rows, rowsAtOnce))
        .parallel()
        .forEach(chunk -> {
          SplittableRandom random = new SplittableRandom(seed + chunk);
          int from = chunk * rowsAtOnce;
          int to = Math.min(rows, from + rowsAtOnce);
          for (int row = from; row < to; row++) {
            long of = random.nextInt(distinct) * rowBytes;
            MemorySegment.copy(pool, of, bytes, row * rowBytes, rowBytes);
          }
          progress.accept((to - from) * rowBytes);
        });
  }

  private static short[] eightCodes() {
    short[] all = new short[6561];
    int count = 0;
    for (int value = 0; value < 1 << 16; value++) {
      boolean ternary = (value & (value >> 1) & 0x5555) == 0;
      if (ternary) {
        all[count++] = (short) value;
      }
    }
    return all;
  }
}
