package dev.tern.bench;

import dev.tern.KernelChoice;
import dev.tern.kernel.Backend;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.SparseFeedForward;
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
import java.util.function.IntSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The products of squared-ReLU feed-forward networks in the shape of BitNet 2B4T for one token:
/// whole, from rows or triples, and without zeros, of which there are as many as wanted.
///
/// Gates have rows of one sign each and zeros are scattered at random. Networks of several layers
/// are used in turn, so that they come from memory as in a real model.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Xmx1g"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 9, time = 1)
public class FeedForward {
  private static final int LAYERS = 12;
  private static final int HIDDEN = 2560;
  private static final int INTERMEDIATE = 6912;
  private static final int MINUS = 0b00_00_00_00;
  private static final int PLUS = 0b10_10_10_10;

  /// The share of gates that are shut and of down inputs that are zero.
  @Param({"0.5", "0.7", "0.85"})
  double zeros;

  @Param({"rows", "triples", "skipping", "skipping-triples"})
  String network;

  @Param({"2"})
  int threads;

  private record Layer(TernaryMatrix gateUp, TernaryMatrix down, SparseFeedForward sparse) {}

  private final List<Layer> layers = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(1);
  private Arena arena;
  private Backend backend;
  private Int8Activations hidden;
  private Int8Activations intermediate;
  private FloatMatrix both;
  private FloatMatrix output;
  private SparseFeedForward.Scratch scratch;

  @Setup(Level.Trial)
  public void prepare() {
    arena = Arena.ofShared();
    backend = KernelProvider.select(KernelChoice.X86).start(threads);
    WeightPreparation preparation =
        new WeightPreparation(arena, backend, network.endsWith("triples"));
    for (int layer = 0; layer < LAYERS; layer++) {
      TernaryMatrix gateUp =
          preparation.ternary(
              List.of(tensor(INTERMEDIATE, HIDDEN, true), tensor(INTERMEDIATE, HIDDEN, false)));
      TernaryMatrix down = preparation.ternary(List.of(tensor(HIDDEN, INTERMEDIATE, false)));
      layers.add(new Layer(gateUp, down, SparseFeedForward.of(gateUp, down, arena, backend)));
    }
    hidden = codes(HIDDEN, () -> random.nextInt(1, 128));
    intermediate =
        codes(INTERMEDIATE, () -> random.nextDouble() < zeros ? 0 : random.nextInt(1, 128));
    both = FloatMatrix.allocate(arena, 1, 2 * INTERMEDIATE);
    output = FloatMatrix.allocate(arena, 1, HIDDEN);
    scratch = new SparseFeedForward.Scratch(arena, HIDDEN, INTERMEDIATE, threads);
  }

  private WeightPreparation.Source tensor(int rows, int cols, boolean gates) {
    Shape shape = Shape.of(rows, cols);
    MemorySegment data = arena.allocate(TensorType.I2_S.byteSize(shape), 64);
    int rowBytes = cols / 4;
    for (int row = 0; row < rows; row++) {
      int sign = random.nextDouble() < zeros ? MINUS : PLUS;
      for (int i = 0; i < rowBytes; i++) {
        int code = sign;
        for (int k = 0; k < 4 && !gates; k++) {
          code = code << 2 | random.nextInt(3);
        }
        data.set(ValueLayout.JAVA_BYTE, (long) row * rowBytes + i, (byte) code);
      }
    }
    data.set(ValueLayout.JAVA_FLOAT_UNALIGNED, (long) rows * rowBytes, 1f);
    return new WeightPreparation.Source(new Tensor("w", TensorType.I2_S, shape, data), 1f);
  }

  private Int8Activations codes(int cols, IntSupplier code) {
    byte[] values = new byte[cols];
    for (int col = 0; col < cols; col++) {
      values[col] = (byte) code.getAsInt();
    }
    Int8Activations codes = Int8Activations.allocate(arena, 1, cols);
    codes.set(0, values, 1f);
    return codes;
  }

  @TearDown(Level.Trial)
  public void free() {
    backend.close();
    arena.close();
  }

  /// The time of one layer's network.
  @Benchmark
  @OperationsPerInvocation(LAYERS)
  public void layer() {
    boolean skip = network.startsWith("skipping");
    for (Layer layer : layers) {
      if (skip) {
        layer.sparse.gateUp(backend, hidden, both, scratch);
        layer.sparse.down(backend, intermediate, output, scratch);
      } else {
        backend.linear(layer.gateUp, hidden, 1, both);
        backend.linear(layer.down, intermediate, 1, output);
      }
    }
  }
}
