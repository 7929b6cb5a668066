package dev.tern.load;

import dev.tern.TernaryLayout;
import dev.tern.kernel.Backend;
import dev.tern.kernel.LayoutCalibration;
import dev.tern.kernel.SystemMemory;
import dev.tern.source.ModelSource;
import dev.tern.tensor.TensorType;
import java.util.Locale;

/// From what copy a model's ternary weights are read while generating, and why.
///
/// @param triples whether from triples
/// @param description for people
record LayoutChoice(boolean triples, String description) {
  /// Smaller models are not bound by memory, or not for long enough to earn back the preparation.
  private static final long LEAST_WEIGHTS = 1L << 28;

  /// Triples are only taken of their own accord where the available memory is this many times what
  /// they need.
  private static final int MEMORY_TIMES = 4;

  private static final LayoutChoice ROWS = new LayoutChoice(false, "rows");

  /// {@return the layout to use}
  ///
  /// @param wanted what was asked for
  /// @param source the model
  /// @param backend computes; a measurement may run on it
  /// @throws IllegalArgumentException if triples are wanted of kernels that do not read them
  static LayoutChoice of(TernaryLayout wanted, ModelSource source, Backend backend) {
    boolean possible = backend.kernels().readsTriples();
    return switch (wanted) {
      case ROWS -> new LayoutChoice(false, "rows, as asked for");
      case TRIPLES -> {
        if (!possible) {
          throw new IllegalArgumentException(
              "the kernels (%s) read no triples, only the x86 ones do; take the layout ROWS or AUTO"
                  .formatted(backend.kernels().description()));
        }
        yield new LayoutChoice(true, "triples, as asked for");
      }
      case AUTO -> possible ? automatic(ternaryWeights(source), backend) : ROWS;
    };
  }

  private static LayoutChoice automatic(long weights, Backend backend) {
    if (weights < LEAST_WEIGHTS) {
      return ROWS;
    }
    long needed = weights * 5 / 3 / Byte.SIZE;
    if (SystemMemory.available().orElse(Long.MAX_VALUE) / MEMORY_TIMES < needed) {
      return new LayoutChoice(false, "rows, because memory is short");
    }
    return measured(LayoutCalibration.measure(backend));
  }

  private static LayoutChoice measured(LayoutCalibration.Result result) {
    return new LayoutChoice(
        result.triples(),
        String.format(
            Locale.ROOT,
            "%s, because triples were %.2f times as fast as rows when the model was loaded",
            result.triples() ? "triples" : "rows",
            result.speedup()));
  }

  private static long ternaryWeights(ModelSource source) {
    return source.tensors().values().stream()
        .filter(tensor ->
            tensor.type() instanceof TensorType.Resolution.Known(TensorType type)
                && type.isLowBit())
        .mapToLong(tensor -> tensor.shape().elements())
        .sum();
  }
}
