package dev.tern.bench;

import dev.tern.KernelChoice;
import dev.tern.kernel.Backend;
import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.WeightPreparation;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/// Weights of other encodings times floats: a quarter of the head of BitNet 2B4T, which no cache
/// holds.
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
public class DenseLinear {
  private static final int COLS = 2560;
  private static final int ROWS = 128_256 / 4;

  /// Rows that are encoded; the others repeat them.
  private static final int DIFFERENT_ROWS = 64;

  @Param({"F32", "F16", "BF16", "Q8_0", "Q6_K", "Q4_0", "Q4_K"})
  TensorType type;

  @Param({"1", "16"})
  int tokens;

  @Param({"X86", "VECTOR"})
  KernelChoice kernels;

  @Param({"2"})
  int threads;

  private Arena arena;
  private Backend backend;
  private DenseMatrix weights;
  private FloatMatrix input;
  private FloatMatrix output;

  @Setup(Level.Trial)
  public void prepare() {
    arena = Arena.ofShared();
    backend = KernelProvider.select(kernels).start(threads);
    SplittableRandom random = new SplittableRandom(2);
    Shape some = Shape.of(DIFFERENT_ROWS, COLS);
    MemorySegment encoded = arena.allocate(type.byteSize(some), 64);
    Codecs.of(type)
        .encode(
            (_, values) -> {
              for (int col = 0; col < COLS; col++) {
                values[col] = (float) random.nextGaussian();
              }
            },
            some,
            encoded);
    Shape shape = Shape.of(ROWS, COLS);
    MemorySegment data = arena.allocate(type.byteSize(shape), 64);
    for (long at = 0; at < data.byteSize(); at += encoded.byteSize()) {
      MemorySegment.copy(encoded, 0, data, at, Math.min(encoded.byteSize(), data.byteSize() - at));
    }
    Tensor tensor = new Tensor("head", type, shape, data);
    weights =
        new WeightPreparation(arena, backend)
            .dense(List.of(new WeightPreparation.Source(tensor, 1f)));
    input = FloatMatrix.allocate(arena, tokens, COLS);
    for (int t = 0; t < tokens; t++) {
      for (int col = 0; col < COLS; col++) {
        input.set(t, col, (float) random.nextGaussian());
      }
    }
    output = FloatMatrix.allocate(arena, tokens, ROWS);
  }

  @TearDown(Level.Trial)
  public void free() {
    backend.close();
    arena.close();
  }

  @Benchmark
  public void product() {
    backend.linear(weights, input, tokens, output);
  }
}
