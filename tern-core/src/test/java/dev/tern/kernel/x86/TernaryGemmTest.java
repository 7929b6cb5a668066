package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GuardedMemory;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.ScalarKernels;
import dev.tern.kernel.TernaryInputs;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The listing for AVX-512, run with stand-ins for the instructions that only it has.
class TernaryGemmTest {
  private final SplittableRandom random = new SplittableRandom(21);

  /// The listing with [Avx512StandIn].
  private static final class GemmOnAvx2 extends TernaryGemmAvx512 {
    private final Avx512StandIn wide = new Avx512StandIn(this, super.localBytes());

    GemmOnAvx2(int tokens) {
      super(tokens);
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
    void vmovdqu32(Mem to, Zmm from) {
      wide.vmovdqu32(to, from);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4, 128",
    "2, 4, 256",
    "3, 9, 384",
    "4, 1, 100",
    "5, 7, 640",
    "6, 12, 2560",
    "7, 5, 300",
    "13, 66, 1152",
    "16, 130, 6912"
  })
  void multipliesTokensAsTheDefinitionDoes(int tokens, int rows, int cols)
      throws UnavailableException {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    TernaryGemm gemm =
        new TernaryGemm(
            new TernaryGemm.Routines(
                NativeCode.load(List.of(new TernaryGemmAvx512.Arrange())).getFirst(),
                NativeCode.load(
                    IntStream.rangeClosed(1, TernaryGemmAvx512.MOST_VECTORS)
                        .mapToObj(GemmOnAvx2::new)
                        .toList())));
    try (Arena arena = GuardedMemory.arena()) {
      TernaryInputs inputs = new TernaryInputs(arena);
      float[] scales = new float[rows];
      for (int row = 0; row < rows; row++) {
        scales[row] = (float) random.nextDouble(0.1, 2);
      }
      TernaryMatrix matrix =
          TernaryInputs.matrix(
              cols,
              inputs.part(
                  rows, cols, 0, _ -> random.nextInt(3) - 1, TernaryInputs.perRow(scales), 0.7f),
              inputs.part(rows, cols, rows, _ -> 1, new DequantScales.PerTensor(1.3f), 1f));
      Int8Activations x = inputs.activations(tokens, cols, _ -> random.nextInt(-127, 128));
      FloatMatrix expected = FloatMatrix.allocate(arena, tokens, 2 * rows);
      FloatMatrix actual = FloatMatrix.allocate(arena, tokens, 2 * rows);
      new ScalarKernels().linear(matrix, 0, 2 * rows, x, 0, tokens, expected);
      gemm.linear(matrix, 0, 2 * rows, x, 0, tokens, actual);
      for (int token = 0; token < tokens; token++) {
        for (int row = 0; row < 2 * rows; row++) {
          assertEquals(
              expected.get(token, row), actual.get(token, row), "token " + token + ", row " + row);
        }
      }
    }
  }
}
