package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.kernel.x86.InstructionSet;
import dev.tern.kernel.x86.X86Kernels;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Ternary products of random shapes, ranges, scales and thread counts, with random and extreme
/// values, in memory that ends at guard pages: every instruction set that this processor has gives
/// the bits of the scalar definition, and writes nothing outside what it was asked for.
class KernelFuzzTest {
  private static final int CASES = 150;
  private static final float UNTOUCHED = -12345.5f;

  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void everyInstructionSetComputesWhatTheDefinitionDoes(InstructionSet set) {
    assumeTrue(X86Kernels.obstacle(set).isEmpty(), X86Kernels.obstacle(set));
    Kernels kernels = X86Kernels.create(set, new ScalarKernels());
    for (int seed = 0; seed < CASES; seed++) {
      try (Arena arena = GuardedMemory.arena()) {
        new Case(new SplittableRandom(seed), arena, "seed " + seed).compare(kernels);
      }
    }
  }

  /// One random product.
  private static final class Case {
    private final SplittableRandom random;
    private final Arena arena;
    private final String name;
    private final TernaryInputs inputs;

    Case(SplittableRandom random, Arena arena, String name) {
      this.random = random;
      this.arena = arena;
      this.name = name;
      this.inputs = new TernaryInputs(arena);
    }

    void compare(Kernels kernels) {
      int cols = random.nextInt(8) == 0 ? random.nextInt(2_000, 7_000) : random.nextInt(1, 700);
      int tokens = random.nextInt(3) == 0 ? 1 : random.nextInt(1, 40);
      TernaryMatrix matrix = matrix(cols, kernels, random.nextBoolean());
      Int8Activations x = inputs.activations(tokens, cols, codes());
      int fromRow = random.nextInt(matrix.rows());
      int toRow = random.nextInt(fromRow + 1, matrix.rows() + 1);
      int fromToken = random.nextInt(tokens);
      int toToken = random.nextInt(fromToken + 1, tokens + 1);
      FloatMatrix expected = untouched(tokens, matrix.rows());
      FloatMatrix actual = untouched(tokens, matrix.rows());
      new ScalarKernels().linear(matrix, fromRow, toRow, x, fromToken, toToken, expected);
      kernels.linear(matrix, fromRow, toRow, x, fromToken, toToken, actual);
      assertSame(expected, actual, "range");

      new ScalarKernels().linear(matrix, 0, matrix.rows(), x, 0, tokens, expected);
      int threads = List.of(1, 2, 4).get(random.nextInt(3));
      try (Backend backend = new Backend(kernels, new ComputeThreads(threads))) {
        backend.linear(matrix, x, tokens, actual);
      }
      assertSame(expected, actual, threads + " threads");
    }

    private TernaryMatrix matrix(int cols, Kernels kernels, boolean triples) {
      List<TernaryMatrix.Part> parts = new ArrayList<>();
      int firstRow = 0;
      try (Backend backend = new Backend(kernels, new ComputeThreads(1))) {
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          int rows = random.nextInt(1, 90);
          float outputScale = random.nextBoolean() ? 1f : 0.3f;
          TernaryMatrix.Part part =
              inputs.part(rows, cols, firstRow, weights(), scales(rows), outputScale);
          parts.add(
              triples ? part.withTriples(TernaryTriples.of(part, cols, arena, backend)) : part);
          firstRow += rows;
        }
      }
      return new TernaryMatrix(parts, cols);
    }

    private DequantScales scales(int rows) {
      if (random.nextBoolean()) {
        return new DequantScales.PerTensor((float) random.nextDouble(0.1, 2));
      }
      float[] ofRows = new float[rows];
      for (int row = 0; row < rows; row++) {
        ofRows[row] = (float) random.nextGaussian();
      }
      return new DequantScales.PerRow(ofRows);
    }

    private IntUnaryOperator weights() {
      return switch (random.nextInt(6)) {
        case 0 -> _ -> 1;
        case 1 -> _ -> -1;
        case 2 -> i -> i % 2 == 0 ? 1 : -1;
        default -> _ -> random.nextInt(3) - 1;
      };
    }

    private IntUnaryOperator codes() {
      return switch (random.nextInt(6)) {
        case 0 -> _ -> 127;
        case 1 -> _ -> -127;
        case 2 -> i -> i % 2 == 0 ? 127 : -127;
        default -> _ -> random.nextInt(-127, 128);
      };
    }

    private FloatMatrix untouched(int tokens, int rows) {
      FloatMatrix matrix = FloatMatrix.allocate(arena, tokens, rows);
      for (int token = 0; token < tokens; token++) {
        for (int row = 0; row < rows; row++) {
          matrix.set(token, row, UNTOUCHED);
        }
      }
      return matrix;
    }

    private void assertSame(FloatMatrix expected, FloatMatrix actual, String what) {
      for (int token = 0; token < expected.rows(); token++) {
        for (int row = 0; row < expected.cols(); row++) {
          if (Float.floatToRawIntBits(expected.get(token, row))
              != Float.floatToRawIntBits(actual.get(token, row))) {
            assertEquals(
                expected.get(token, row),
                actual.get(token, row),
                "%s, %s: token %d, row %d".formatted(name, what, token, row));
          }
        }
      }
    }
  }
}
