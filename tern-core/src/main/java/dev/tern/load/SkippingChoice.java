package dev.tern.load;

import dev.tern.FeedForwardZeros;
import dev.tern.ZeroSkipping;
import dev.tern.kernel.Backend;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.SparseFeedForward;
import dev.tern.kernel.SystemMemory;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.model.LayerWeights;
import dev.tern.model.ModelConfig;
import dev.tern.model.SparseNetworks;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Whether zeros in feed-forward networks are left out while generating, and why.
///
/// @param networks without zeros, if they are
/// @param description for people
record SkippingChoice(@Nullable SparseNetworks networks, String description) {
  /// Smaller models stay in caches, or nearly so, or are fast enough not to earn back what it takes
  /// to find out.
  private static final long LEAST_WEIGHTS = 1L << 28;

  /// A copy is only made of its own accord where the available memory is this many times what it
  /// needs.
  private static final int MEMORY_TIMES = 4;

  /// Zeros are counted on its first tokens.
  private static final String SAMPLE_TEXT =
      "The lighthouse stood at the end of the pier, and for forty years the same woman had kept its lamp. In winter";

  /// So few that somebody who waits for the model hardly notices.
  private static final int SAMPLE_TOKENS = 8;

  /// Of shut gates and zero inputs together. Above this, leaving them out paid on every processor
  /// and layout that it was tried with; below, on some (docs/performance.md).
  private static final double LEAST_ZEROS = 0.6;

  private static final SkippingChoice NONE = new SkippingChoice(null, "no");

  /// {@return what to do}
  ///
  /// @param wanted what was asked for
  /// @param model whole
  /// @param tokenizer the model's
  /// @param arena owns the copies
  /// @throws IllegalArgumentException if zeros are to be left out of a model that has no such
  ///   networks
  static SkippingChoice of(
      ZeroSkipping wanted, Transformer model, Tokenizer tokenizer, Arena arena) {
    return switch (wanted) {
      case OFF -> new SkippingChoice(null, "no, as asked for");
      case ON -> {
        if (!isPossible(model)) {
          throw new IllegalArgumentException(
              "zeros can only be skipped in models with squared ReLU and ternary feed-forward networks with one scale for each row, which this one (%s) is not; take OFF or AUTO"
                  .formatted(model.config().architecture()));
        }
        FeedForwardZeros zeros = count(model, tokenizer);
        yield new SkippingChoice(
            networks(model, zeros, arena), "yes, as asked for: " + describe(zeros));
      }
      case AUTO -> isWorthTrying(model) ? counted(model, tokenizer, arena) : NONE;
    };
  }

  private static boolean isPossible(Transformer model) {
    return model.config().style().activation() == GatedActivation.SQUARED_RELU
        && model.weights().layers().stream().allMatch(SkippingChoice::fits);
  }

  private static boolean fits(LayerWeights layer) {
    TernaryMatrix gateUp = layer.gateUp().plainTernary().orElse(null);
    TernaryMatrix down = layer.down().plainTernary().orElse(null);
    return gateUp != null && down != null && SparseFeedForward.fits(gateUp, down);
  }

  private static boolean isWorthTrying(Transformer model) {
    ModelConfig config = model.config();
    long ofOneProjection =
        (long) config.layerCount() * config.hiddenSize() * config.intermediateSize();
    return model.backend().kernels().skipsZeros()
        && 3 * ofOneProjection >= LEAST_WEIGHTS
        && isPossible(model)
        && SystemMemory.available().orElse(Long.MAX_VALUE) / MEMORY_TIMES >= ofOneProjection / 4;
  }

  private static SkippingChoice counted(Transformer model, Tokenizer tokenizer, Arena arena) {
    FeedForwardZeros zeros = count(model, tokenizer);
    return areMany(zeros.shutGates(), zeros.zeroInputs())
        ? new SkippingChoice(
            networks(model, zeros, arena), "yes, because zeros are many: " + describe(zeros))
        : new SkippingChoice(null, "no, because zeros are too few: " + describe(zeros));
  }

  /// {@return whether leaving zeros out pays}
  ///
  /// @param shutGates the share of gates that are shut
  /// @param zeroInputs the share of the down projections' inputs that are zero
  static boolean areMany(double shutGates, double zeroInputs) {
    return (shutGates + zeroInputs) / 2 >= LEAST_ZEROS;
  }

  private static String describe(FeedForwardZeros zeros) {
    return String.format(
        Locale.ROOT,
        "%.0f %% of the gates are shut, %.0f %% of the down projections' inputs zero",
        100 * zeros.shutGates(),
        100 * zeros.zeroInputs());
  }

  private static FeedForwardZeros count(Transformer model, Tokenizer tokenizer) {
    int[] tokens = tokenizer.encode(SAMPLE_TEXT, EncodeOptions.PROMPT);
    int most = Math.min(SAMPLE_TOKENS, model.config().contextLength());
    return model
        .feedForwardZeros(Arrays.copyOf(tokens, Math.min(tokens.length, most)))
        .orElseThrow();
  }

  private static SparseNetworks networks(Transformer model, FeedForwardZeros zeros, Arena arena) {
    Backend backend = model.backend();
    List<SparseFeedForward> networks = new ArrayList<>();
    for (LayerWeights layer : model.weights().layers()) {
      TernaryMatrix gateUp = layer.gateUp().plainTernary().orElseThrow();
      TernaryMatrix down = layer.down().plainTernary().orElseThrow();
      networks.add(SparseFeedForward.of(gateUp, down, arena, backend));
    }
    return new SparseNetworks(networks, zeros.shutGates(), zeros.zeroInputs());
  }
}
