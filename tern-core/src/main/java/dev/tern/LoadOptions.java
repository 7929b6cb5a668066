package dev.tern;

import java.util.Optional;

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
public record LoadOptions(
    int threads,
    KernelChoice kernels,
    I2sLayout i2sLayout,
    ActivationPrecision activations,
    Optional<String> preTokenizer,
    Optional<String> chatTemplate) {
  private static final LoadOptions DEFAULTS =
      new LoadOptions(
          0,
          KernelChoice.AUTO,
          I2sLayout.X86_128,
          ActivationPrecision.MODEL,
          Optional.empty(),
          Optional.empty());

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

  /// {@return these options with another number of threads}
  ///
  /// @param value 1 to 1024, or 0 for the number of physical cores
  public LoadOptions withThreads(int value) {
    return new LoadOptions(value, kernels, i2sLayout, activations, preTokenizer, chatTemplate);
  }

  /// {@return these options with other kernels}
  ///
  /// @param value which
  public LoadOptions withKernels(KernelChoice value) {
    return new LoadOptions(threads, value, i2sLayout, activations, preTokenizer, chatTemplate);
  }

  /// {@return these options with another I2_S layout}
  ///
  /// @param value which
  public LoadOptions withI2sLayout(I2sLayout value) {
    return new LoadOptions(threads, kernels, value, activations, preTokenizer, chatTemplate);
  }

  /// {@return these options with other activations}
  ///
  /// @param value which
  public LoadOptions withActivations(ActivationPrecision value) {
    return new LoadOptions(threads, kernels, i2sLayout, value, preTokenizer, chatTemplate);
  }

  /// {@return these options with another pre-tokenizer}
  ///
  /// @param value its name in `tokenizer.ggml.pre`
  public LoadOptions withPreTokenizer(String value) {
    return new LoadOptions(
        threads, kernels, i2sLayout, activations, Optional.of(value), chatTemplate);
  }

  /// {@return these options with another chat template}
  ///
  /// @param value its name
  public LoadOptions withChatTemplate(String value) {
    return new LoadOptions(
        threads, kernels, i2sLayout, activations, preTokenizer, Optional.of(value));
  }
}
