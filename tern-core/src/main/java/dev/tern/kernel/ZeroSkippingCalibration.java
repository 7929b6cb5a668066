package dev.tern.kernel;

import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.tensor.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Measures whether one token computes feed-forward networks of a shape faster without the zeros
/// that it has there, on this machine.
///
/// Scattered rows are read more slowly than rows in sequence, so that leaving out half of them does
/// not save half of the time, and may save nothing. Zeros are scattered at random here, which is
/// the worst case. The networks take turns, and are more than most caches hold. Takes one or two
/// tenths of a second.
public final class ZeroSkippingCalibration {
  /// Of each projection.
  private static final long LEAST_BYTES = 24_000_000;

  private static final int PAIRS = 5;

  /// The copy takes memory and time to make, so it has to be worth it.
  private static final double WORTHWHILE = 1.05;

  // 2 bits of four weights: all -1, all 0, all +1.
  private static final byte MINUS = 0b00_00_00_00;
  private static final byte ZEROS = 0b01_01_01_01;
  private static final byte PLUS = (byte) 0b10_10_10_10;

  private final Backend backend;
  private final Arena arena;
  private final SplittableRandom random = new SplittableRandom(9);
  private final List<Network> networks = new ArrayList<>();
  private final Int8Activations hidden;
  private final Int8Activations intermediate;
  private final FloatMatrix both;
  private final FloatMatrix output;
  private final SparseFeedForward.Scratch scratch;

  /// What was found.
  ///
  /// @param speedup how many times as fast networks without zeros are: the median of pairs
  /// @param least the least of pairs
  /// @param most the most of pairs
  public record Result(double speedup, double least, double most) {
    /// {@return whether leaving zeros out is worth its memory}
    public boolean skip() {
      return speedup >= WORTHWHILE;
    }
  }

  private record Network(TernaryMatrix gateUp, TernaryMatrix down, SparseFeedForward sparse) {}

  private ZeroSkippingCalibration(
      Backend backend, Arena arena, int width, int gates, double shut, double zero) {
    this.backend = backend;
    this.arena = arena;
    this.hidden = Int8Activations.allocate(arena, 1, width);
    byte[] codes = new byte[width];
    Arrays.fill(codes, (byte) 1);
    hidden.set(0, codes, 1f);
    this.intermediate = Int8Activations.allocate(arena, 1, gates);
    byte[] inputs = new byte[gates];
    for (int i = 0; i < gates; i++) {
      inputs[i] = (byte) (random.nextDouble() < zero ? 0 : 1);
    }
    intermediate.set(0, inputs, 1f);
    this.both = FloatMatrix.allocate(arena, 1, 2 * gates);
    this.output = FloatMatrix.allocate(arena, 1, width);
    this.scratch = new SparseFeedForward.Scratch(arena, width, gates, backend.threads().count());
    long bytes = (long) width * gates / 4;
    for (long made = 0; made < LEAST_BYTES; made += bytes) {
      networks.add(network(width, gates, shut));
    }
  }

  /// {@return whether zeros are worth leaving out}
  ///
  /// @param backend with kernels that skip zeros
  /// @param hidden the width of the networks' input
  /// @param intermediate the number of gates
  /// @param shutGates the share of gates that are shut
  /// @param zeroInputs the share of the down projection's inputs that are zero
  /// @param triples whether whole matrices are read as [TernaryTriples]
  public static Result measure(
      Backend backend,
      int hidden,
      int intermediate,
      double shutGates,
      double zeroInputs,
      boolean triples) {
    try (Arena arena = Arena.ofShared()) {
      ZeroSkippingCalibration calibration =
          new ZeroSkippingCalibration(backend, arena, hidden, intermediate, shutGates, zeroInputs);
      if (triples) {
        calibration.networks.replaceAll(calibration::withTriples);
      }
      return calibration.compare();
    }
  }

  /// Each gate's row has one sign.
  private Network network(int width, int gates, double shut) {
    TernaryMatrix.Part gate = part(gates, width, 0);
    for (int row = 0; row < gates; row++) {
      gate.codes()
          .asSlice(row * gate.rowBytes(), gate.rowBytes())
          .fill(random.nextDouble() < shut ? MINUS : PLUS);
    }
    TernaryMatrix gateUp = new TernaryMatrix(List.of(gate, part(gates, width, gates)), width);
    TernaryMatrix down = new TernaryMatrix(List.of(part(width, gates, 0)), gates);
    int columnBytes = Math.ceilDiv(width, TernaryColumns.STRIP_ROWS) * TernaryColumns.STRIP_BYTES;
    MemorySegment columns = zeros((long) gates * columnBytes);
    return new Network(
        gateUp,
        down,
        new SparseFeedForward(gateUp, down, new TernaryColumns(columns, width, gates)));
  }

  private TernaryMatrix.Part part(int rows, int cols, int firstRow) {
    long rowBytes =
        (long) Math.ceilDiv(cols, TernaryMatrix.BLOCK_COLUMNS) * TernaryMatrix.BLOCK_BYTES;
    return new TernaryMatrix.Part(
        zeros(rows * rowBytes), rowBytes, firstRow, rows, new DequantScales.PerTensor(1f), 1f);
  }

  private MemorySegment zeros(long bytes) {
    return NativeMemory.allocate(arena, bytes, false).fill(ZEROS);
  }

  private Network withTriples(Network network) {
    TernaryMatrix gateUp = withTriples(network.gateUp);
    TernaryMatrix down = withTriples(network.down);
    return new Network(gateUp, down, network.sparse.withGateUp(gateUp));
  }

  private TernaryMatrix withTriples(TernaryMatrix matrix) {
    return new TernaryMatrix(
        matrix.parts().stream()
            .map(part -> part.withTriples(TernaryTriples.of(part, matrix.cols(), arena, backend)))
            .toList(),
        matrix.cols());
  }

  private Result compare() {
    whole();
    sparse();
    double[] ratios = new double[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
      double ofWhole = whole();
      ratios[i] = ofWhole / sparse();
    }
    Arrays.sort(ratios);
    return new Result(ratios[PAIRS / 2], ratios[0], ratios[PAIRS - 1]);
  }

  private double whole() {
    long begin = System.nanoTime();
    for (Network network : networks) {
      backend.linear(network.gateUp, hidden, 1, both);
      backend.linear(network.down, intermediate, 1, output);
    }
    return Math.max(1, System.nanoTime() - begin);
  }

  private double sparse() {
    long begin = System.nanoTime();
    for (Network network : networks) {
      network.sparse.gateUp(backend, hidden, both, scratch);
      network.sparse.down(backend, intermediate, output, scratch);
    }
    return Math.max(1, System.nanoTime() - begin);
  }
}
