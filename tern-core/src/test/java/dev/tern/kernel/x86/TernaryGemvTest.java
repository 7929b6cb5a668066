package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The listings for processors with VNNI, run with stand-ins for the instructions that only those
/// have. That the instructions themselves are encoded right, [AssemblerTest] sees to.
class TernaryGemvTest {
  private static final int ROWS = 16;

  /// Where the list of rows is among the parameters, and how long it is.
  private static final int LIST = TernaryGemv.SCALES + 32;

  private static final int LISTED = ROWS + TernaryGemv.DOTS;

  private final Random random = new Random(14);

  @BeforeEach
  void needsAvx2() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
  }

  /// AVX-VNNI with `vpdpbusd` made of `vpmaddubsw` and `vpmaddwd`; exact, as no sum of two products
  /// with codes up to 2 reaches 16 bits.
  private static final class VnniOnAvx2 extends TernaryGemvVnni {
    private static final Ymm PRODUCTS = Ymm.YMM14;
    private static final Ymm ONES = Ymm.YMM15;

    VnniOnAvx2(int tokens, boolean listed) {
      super(tokens, listed);
    }

    @Override
    void prepare() {
      super.prepare();
      mov(Gpr.RAX, 0x00010001L);
      vmovd(ONES.low(), Gpr.RAX);
      vpbroadcastd(ONES, ONES.low());
    }

    @Override
    void vpdpbusd(Ymm to, Ymm a, YmmSource b) {
      vpmaddubsw(PRODUCTS, a, b);
      vpmaddwd(PRODUCTS, PRODUCTS, ONES);
      vpaddd(to, to, PRODUCTS);
    }
  }

  /// The listing with [Avx512StandIn].
  private static final class Avx512OnAvx2 extends TernaryGemvAvx512 {
    private final Avx512StandIn wide = new Avx512StandIn(this, super.localBytes());

    Avx512OnAvx2(int tokens, boolean listed) {
      super(tokens, listed);
    }

    @Override
    int localBytes() {
      return wide.localBytes();
    }

    @Override
    void prepare() {
      wide.prepare();
      super.prepare();
    }

    @Override
    void loadLower(Zmm to, Mem from) {
      super.loadLower(to, from);
      wide.loadLower(to);
    }

    @Override
    void vmovdqu32(Zmm to, Mem from) {
      wide.vmovdqu32(to, from);
    }

    @Override
    void vpbroadcastd(Zmm to, Gpr from) {
      wide.vpbroadcastd(to, from);
    }

    @Override
    void vpandd(Zmm to, Zmm a, ZmmSource b) {
      wide.vpandd(to, a, b);
    }

    @Override
    void vpxord(Zmm to, Zmm a, ZmmSource b) {
      wide.vpxord(to, a, b);
    }

    @Override
    void vpsrlw(Zmm to, ZmmSource from, int count) {
      wide.vpsrlw(to, from, count);
    }

    @Override
    void vpdpbusd(Zmm to, Zmm a, ZmmSource b) {
      wide.vpdpbusd(to, a, b);
    }

    @Override
    void vpord(Zmm to, Zmm a, ZmmSource b) {
      wide.vpord(to, a, b);
    }

    @Override
    void vinserti64x4(Zmm to, Zmm a, YmmSource b, int selection) {
      wide.vinserti64x4(to, a, b, selection);
    }

    @Override
    void vextracti64x4(Ymm to, Zmm from, int selection) {
      wide.vextracti64x4(to, from, selection);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 2", "1, 19", "1, 54", "2, 1", "2, 5", "2, 20", "4, 3", "4, 20"})
  void sumsWithVnniWhatTheDefinitionSums(int tokens, int blocks) throws UnavailableException {
    compare(new VnniOnAvx2(tokens, false), tokens, blocks, false);
    compare(new Avx512OnAvx2(tokens, false), tokens, blocks, false);
    compare(new TernaryGemvAvx2(tokens), tokens, blocks, false);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 19, 54})
  void sumsListedRowsWithVnniWhatTheDefinitionSums(int blocks) throws UnavailableException {
    compare(new VnniOnAvx2(1, true), 1, blocks, true);
    compare(new Avx512OnAvx2(1, true), 1, blocks, true);
    compare(new TernaryGemvAvx2(1, true), 1, blocks, true);
  }

  private void compare(TernaryGemv gemv, int tokens, int blocks, boolean listed)
      throws UnavailableException {
    NativeCode.Function function = NativeCode.load(List.of(gemv)).getFirst();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rows = arena.allocate((long) ROWS * blocks * 32, 64);
      MemorySegment x = arena.allocate((long) tokens * blocks * 128, 64);
      byte[] packed = new byte[(int) rows.byteSize()];
      byte[] codes = new byte[(int) x.byteSize()];
      random.nextBytes(codes);
      for (int i = 0; i < packed.length; i++) {
        for (int k = 0; k < 4; k++) {
          packed[i] = (byte) (packed[i] << 2 | random.nextInt(3));
        }
      }
      for (int i = 0; i < codes.length; i++) {
        codes[i] = (byte) Math.max(codes[i], -127);
      }
      rows.copyFrom(MemorySegment.ofArray(packed));
      x.copyFrom(MemorySegment.ofArray(codes));
      MemorySegment y = arena.allocate((long) tokens * ROWS * Float.BYTES, 64);
      // From the last row to the first, and on to where the code looks ahead.
      IntUnaryOperator place = i -> listed ? Math.max(ROWS - 1 - i, 0) : i;
      MemorySegment parameters = parameters(arena, tokens, blocks);
      for (int i = 0; i < LISTED; i++) {
        long address = rows.address() + 32L * blocks * place.applyAsInt(i);
        parameters.set(ValueLayout.JAVA_LONG, LIST + i * 8L, address);
      }
      function.call(rows, x, y, parameters);
      for (int token = 0; token < tokens; token++) {
        for (int row = 0; row < ROWS; row++) {
          int expected =
              dot(packed, place.applyAsInt(row) * blocks * 32, codes, token * blocks * 128, blocks);
          float actual = y.getAtIndex(ValueLayout.JAVA_FLOAT, (long) token * ROWS + row);
          assertEquals(expected, actual, "%s, token %d, row %d".formatted(gemv, token, row));
        }
      }
    }
  }

  private static MemorySegment parameters(Arena arena, int tokens, int blocks) {
    MemorySegment parameters = arena.allocate(LIST + LISTED * 8L, 64);
    Routine.setParameter(parameters, TernaryGemv.ROW_BYTES, blocks * 32L);
    Routine.setParameter(parameters, TernaryGemv.TILES, (long) ROWS * tokens / TernaryGemv.DOTS);
    Routine.setParameter(parameters, TernaryGemv.BLOCKS, blocks);
    Routine.setParameter(parameters, TernaryGemv.X_STRIDE, blocks * 128L);
    Routine.setParameter(parameters, TernaryGemv.Y_STRIDE, ROWS * 4L);
    Routine.setParameter(parameters, TernaryGemv.LIST, LIST);
    for (int offset = TernaryGemv.QUANT_SCALES; offset < LIST; offset += 4) {
      parameters.set(ValueLayout.JAVA_FLOAT, offset, 1f);
    }
    return parameters;
  }

  /// The dot product with unsigned codes 0, 1, 2.
  private static int dot(byte[] packed, int row, byte[] x, int token, int blocks) {
    int sum = 0;
    for (int col = 0; col < blocks * 128; col++) {
      int bits = packed[row + col / 128 * 32 + col % 32] >> (6 - 2 * (col % 128 / 32));
      sum += (bits & 3) * x[token + col];
    }
    return sum;
  }
}
