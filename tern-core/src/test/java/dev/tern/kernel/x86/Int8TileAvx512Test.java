package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.GuardedMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The listing for AVX-512, run with stand-ins for the instructions that only it has.
class Int8TileAvx512Test {
  private static final int LARGEST_WORD = 6_000;

  private final SplittableRandom random = new SplittableRandom(22);

  /// The listing with [Avx512StandIn].
  private static final class TileOnAvx2 extends Int8TileAvx512 {
    private final Avx512StandIn wide = new Avx512StandIn(this, super.localBytes());

    TileOnAvx2(int vectors) {
      super(vectors);
    }

    @Override
    int localBytes() {
      return wide.localBytes();
    }

    @Override
    void prepare() {
      wide.prepare();
    }

    @Override
    void vmovdqu32(Zmm to, Mem from) {
      wide.vmovdqu32(to, from);
    }

    @Override
    void vmovdqu32(Mem to, Zmm from) {
      wide.vmovdqu32(to, from);
    }

    @Override
    void vpxord(Zmm to, Zmm a, ZmmSource b) {
      wide.vpxord(to, a, b);
    }

    @Override
    void vpmovsxbw(Zmm to, YmmSource from) {
      wide.vpmovsxbw(to, (Mem) from);
    }

    @Override
    void vpdpwssd(Zmm to, Zmm a, ZmmSource b) {
      wide.vpdpwssd(to, a, b);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 4, 64", "2, 8, 128", "3, 12, 64", "4, 4, 640", "5, 20, 192", "6, 16, 2560"})
  void multipliesVectorsAsTheDefinitionDoes(int vectors, int rows, int cols)
      throws UnavailableException {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    NativeCode.Function tile = NativeCode.load(List.of(new TileOnAvx2(vectors))).getFirst();
    try (Arena arena = GuardedMemory.arena()) {
      MemorySegment codes = arena.allocate((long) rows * cols, 64);
      for (long i = 0; i < codes.byteSize(); i++) {
        codes.set(ValueLayout.JAVA_BYTE, i, (byte) (i < cols ? 127 : random.nextInt(-127, 128)));
      }
      MemorySegment words = arena.allocate((long) vectors * cols * Short.BYTES, 64);
      for (long i = 0; i < (long) vectors * cols; i++) {
        int word = i < cols ? -LARGEST_WORD : random.nextInt(-LARGEST_WORD, LARGEST_WORD + 1);
        words.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) word);
      }
      MemorySegment sums = arena.allocate((long) vectors * rows * Integer.BYTES, 64);
      MemorySegment parameters = arena.allocate(Int8TileAvx512.PARAMETER_BYTES, 64);
      Routine.setParameter(parameters, Int8Dots.ROWS, rows / Avx512Tile.ROWS);
      Routine.setParameter(parameters, Int8Dots.STRIDE, cols);
      Routine.setParameter(parameters, Int8Dots.BLOCKS, cols / 64);
      Routine.setParameter(parameters, Int8TileAvx512.SUMS_STEP, (long) rows * Integer.BYTES);
      tile.call(codes, words, sums, parameters);
      for (int vector = 0; vector < vectors; vector++) {
        for (int row = 0; row < rows; row++) {
          int expected = dot(codes, (long) row * cols, words, (long) vector * cols, cols);
          int actual = sums.getAtIndex(ValueLayout.JAVA_INT, (long) vector * rows + row);
          assertEquals(expected, actual, "vector " + vector + ", row " + row);
        }
      }
    }
  }

  private static int dot(
      MemorySegment codes, long row, MemorySegment words, long vector, int cols) {
    int sum = 0;
    for (int col = 0; col < cols; col++) {
      sum +=
          codes.get(ValueLayout.JAVA_BYTE, row + col)
              * words.getAtIndex(ValueLayout.JAVA_SHORT, vector + col);
    }
    return sum;
  }
}
