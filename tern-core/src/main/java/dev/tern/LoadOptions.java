package dev.tern;

import java.util.Optional;
import java.util.function.Consumer;

/// How a model is loaded: immutable, with a default for everything.
///
/// ```java
/// LoadOptions options = LoadOptions.defaults().withThreads(4).withKernels(KernelChoice.SCALAR);
/// ```
///
/// @param threads how many threads compute; 0 for the number of physical cores
/// @param kernels which kernels compute
/// @param i2sLayout how I2_S tensors are packed
/// @param activations what inputs of linear layers are rounded to
/// @param preTokenizer overrides the pre-tokenizer that the file names, for example `default`
/// @param chatTemplate overrides the chat template of the file: a name that Tern knows, for example
///   `chatml`
/// @param headIndex whether a large head gets an int8 copy, with which its largest logits are found
///   in half the time, exactly; half the head's size of memory
/// @param ternaryLayout from what copy ternary weights are read while generating; triples take 5 /
///   6 of their size of memory
/// @param zeroSkipping whether what a squared-ReLU model multiplies by zero is left out while
///   generating; takes a copy of the down projections
/// @param pinThreads whether each compute thread is kept on a processor of its own; only on Linux
public record LoadOptions(
    int threads,
    KernelChoice kernels,
    I2sLayout i2sLayout,
    ActivationPrecision activations,
    Optional<String> preTokenizer,
    Optional<String> chatTemplate,
    boolean headIndex,
    TernaryLayout ternaryLayout,
    ZeroSkipping zeroSkipping,
    boolean pinThreads) {
  private static final LoadOptions DEFAULTS =
      new LoadOptions(
          0,
          KernelChoice.AUTO,
          I2sLayout.X86_128,
          ActivationPrecision.MODEL,
          Optional.empty(),
          Optional.empty(),
          true,
          TernaryLayout.AUTO,
          ZeroSkipping.AUTO,
          false);

  /// Checks the number of threads.
  ///
  /// @throws IllegalArgumentException if it is negative or above 1024
  public LoadOptions {
    if (threads < 0 || threads > 1024) {
      throw new IllegalArgumentException("threads must be from 1 to 1024, not " + threads);
    }
  }

  /// {@return the defaults}
  public static LoadOptions defaults() {
    return DEFAULTS;
  }

  /// Options that are being changed.
  private static final class Draft {
    private int threads;
    private KernelChoice kernels;
    private I2sLayout i2sLayout;
    private ActivationPrecision activations;
    private Optional<String> preTokenizer;
    private Optional<String> chatTemplate;
    private boolean headIndex;
    private TernaryLayout ternaryLayout;
    private ZeroSkipping zeroSkipping;
    private boolean pinThreads;

    Draft(LoadOptions options) {
      threads = options.threads;
      kernels = options.kernels;
      i2sLayout = options.i2sLayout;
      activations = options.activations;
      preTokenizer = options.preTokenizer;
      chatTemplate = options.chatTemplate;
      headIndex = options.headIndex;
      ternaryLayout = options.ternaryLayout;
      zeroSkipping = options.zeroSkipping;
      pinThreads = options.pinThreads;
    }
  }

  private LoadOptions with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return new LoadOptions(
        draft.threads,
        draft.kernels,
        draft.i2sLayout,
        draft.activations,
        draft.preTokenizer,
        draft.chatTemplate,
        draft.headIndex,
        draft.ternaryLayout,
        draft.zeroSkipping,
        draft.pinThreads);
  }

  /// {@return these options with another number of threads}
  ///
  /// @param value 1 to 1024, or 0 for the number of physical cores
  public LoadOptions withThreads(int value) {
    return with(draft -> draft.threads = value);
  }

  /// {@return these options with other kernels}
  ///
  /// @param value which
  public LoadOptions withKernels(KernelChoice value) {
    return with(draft -> draft.kernels = value);
  }

  /// {@return these options with another I2_S layout}
  ///
  /// @param value which
  public LoadOptions withI2sLayout(I2sLayout value) {
    return with(draft -> draft.i2sLayout = value);
  }

  /// {@return these options with other activations}
  ///
  /// @param value which
  public LoadOptions withActivations(ActivationPrecision value) {
    return with(draft -> draft.activations = value);
  }

  /// {@return these options with another pre-tokenizer}
  ///
  /// @param value its name in `tokenizer.ggml.pre`
  public LoadOptions withPreTokenizer(String value) {
    return with(draft -> draft.preTokenizer = Optional.of(value));
  }

  /// {@return these options with another chat template}
  ///
  /// @param value its name
  public LoadOptions withChatTemplate(String value) {
    return with(draft -> draft.chatTemplate = Optional.of(value));
  }

  /// {@return these options with or without an index of the head}
  ///
  /// @param value whether a large head gets an int8 copy for searches
  public LoadOptions withHeadIndex(boolean value) {
    return with(draft -> draft.headIndex = value);
  }

  /// {@return these options with another layout of ternary weights}
  ///
  /// @param value from what copy they are read while generating
  public LoadOptions withTernaryLayout(TernaryLayout value) {
    return with(draft -> draft.ternaryLayout = value);
  }

  /// {@return these options with or without the skipping of zeros}
  ///
  /// @param value whether what is multiplied by zero is left out
  public LoadOptions withZeroSkipping(ZeroSkipping value) {
    return with(draft -> draft.zeroSkipping = value);
  }

  /// {@return these options with threads that stay where they are put, or not}
  ///
  /// @param value whether each compute thread is kept on a processor of its own
  public LoadOptions withPinThreads(boolean value) {
    return with(draft -> draft.pinThreads = value);
  }
}
