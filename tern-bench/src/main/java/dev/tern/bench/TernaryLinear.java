package dev.tern.bench;

import dev.tern.KernelChoice;
import dev.tern.kernel.Backend;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.WeightPreparation;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// Ternary weights times int8 activations in the shapes of BitNet 2B4T: a layer's four products,
/// for 1 to 128 tokens.
///
/// Weights of several layers are used in turn, so that they come from memory as in a real model.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--add-modules=jdk.incubator.vector",
      "--enable-native-access=ALL-UNNAMED",
      "-Xmx4g"
    })
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class TernaryLinear {
  private static final int HIDDEN = 2560;
  private static final int INTERMEDIATE = 6912;
  private static final int KEY_VALUE = 640;

  @Param({"1", "2", "4", "8", "16", "32", "128"})
  int tokens;

  @Param({"X86", "VECTOR"})
  KernelChoice kernels;

  @Param({"2"})
  int threads;

  /// Layers in turn: 69 million weights each, 17 MB. More than the last cache holds, so that they
  /// come from memory.
  @Param({"6"})
  int layerCount;

  private final List<List<TernaryMatrix>> layers = new ArrayList<>();
  private Arena arena;
  private Backend backend;
  private Int8Activations hidden;
  private Int8Activations intermediate;
  private FloatMatrix output;
  private int next;

  @Setup(Level.Trial)
  public void prepare() {
    arena = Arena.ofShared();
    backend = KernelProvider.select(kernels).start(threads);
    WeightPreparation preparation = new WeightPreparation(arena, backend);
    SplittableRandom random = new SplittableRandom(1);
    for (int layer = 0; layer < layerCount; layer++) {
      layers.add(
          List.of(
              matrix(preparation, random, HIDDEN, HIDDEN, KEY_VALUE, KEY_VALUE),
              matrix(preparation, random, HIDDEN, HIDDEN),
              matrix(preparation, random, HIDDEN, INTERMEDIATE, INTERMEDIATE),
              matrix(preparation, random, INTERMEDIATE, HIDDEN)));
    }
    hidden = activations(random, HIDDEN);
    intermediate = activations(random, INTERMEDIATE);
    output = FloatMatrix.allocate(arena, tokens, 2 * INTERMEDIATE);
  }

  private TernaryMatrix matrix(
      WeightPreparation preparation, SplittableRandom random, int cols, int... rowsOfParts) {
    List<WeightPreparation.Source> sources = new ArrayList<>();
    for (int rows : rowsOfParts) {
      Shape shape = Shape.of(rows, cols);
      MemorySegment data = arena.allocate(TensorType.I2_S.byteSize(shape), 64);
      for (long i = 0; i < shape.elements() / 4; i++) {
        int code = 0;
        for (int k = 0; k < 4; k++) {
          code = code << 2 | random.nextInt(3);
        }
        data.set(ValueLayout.JAVA_BYTE, i, (byte) code);
      }
      Tensor tensor = new Tensor("w", TensorType.I2_S, shape, data);
      sources.add(new WeightPreparation.Source(tensor, 1f));
    }
    return preparation.ternary(sources);
  }

  /// Codes as absmax quantization of a normal distribution gives them.
  private Int8Activations activations(SplittableRandom random, int cols) {
    FloatMatrix x = FloatMatrix.allocate(arena, tokens, cols);
    for (int t = 0; t < tokens; t++) {
      for (int col = 0; col < cols; col++) {
        x.set(t, col, (float) random.nextGaussian());
      }
    }
    Int8Activations codes = Int8Activations.allocate(arena, tokens, cols);
    backend.quantize(x, tokens, codes);
    return codes;
  }

  @TearDown(Level.Trial)
  public void free() {
    backend.close();
    arena.close();
  }

  /// One layer, another one each time.
  @Benchmark
  public void layer() {
    next = (next + 1) % layers.size();
    for (TernaryMatrix matrix : layers.get(next)) {
      Int8Activations x = matrix.cols() == HIDDEN ? hidden : intermediate;
      backend.linear(matrix, x, tokens, output.columns(0, matrix.rows()));
    }
  }
}
