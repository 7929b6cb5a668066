package dev.tern.cli;

import dev.tern.ActivationPrecision;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernaryLayout;
import dev.tern.ZeroSkipping;
import picocli.CommandLine.Option;

/// How a model computes, but for the number of threads, of which `bench` takes several.
final class KernelFlags {
  @Option(
      names = "--kernels",
      paramLabel = "NAME",
      description = "Kernels that compute: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KernelChoice kernels = KernelChoice.AUTO;

  @Option(
      names = "--i2s-layout",
      paramLabel = "NAME",
      description =
          "How I2_S weights are packed: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private I2sLayout i2sLayout = I2sLayout.X86_128;

  @Option(
      names = "--activations",
      paramLabel = "NAME",
      description =
          "What inputs of linear layers are rounded to: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, as the model was trained).")
  private ActivationPrecision activations = ActivationPrecision.MODEL;

  @Option(
      names = "--no-head-index",
      description =
          "Compute all logits of a large head instead of finding the largest by an int8 copy: less memory, slower, the same text.")
  private boolean noHeadIndex;

  @Option(
      names = "--ternary-layout",
      paramLabel = "NAME",
      description =
          "From what copy ternary weights are read while generating: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, what a short measurement finds faster); triples take more memory, the text is the same.")
  private TernaryLayout ternaryLayout = TernaryLayout.AUTO;

  @Option(
      names = "--pin-threads",
      description = "Keep each compute thread on a processor of its own; only on Linux.")
  private boolean pinThreads;

  @Option(
      names = "--skip-zeros",
      paramLabel = "NAME",
      description =
          "Whether a squared-ReLU model leaves out what it multiplies by zero while generating: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}, if it has many zeros); takes more memory, the text is the same.")
  private ZeroSkipping zeroSkipping = ZeroSkipping.AUTO;

  LoadOptions toLoadOptions() {
    return LoadOptions.defaults()
        .withKernels(kernels)
        .withI2sLayout(i2sLayout)
        .withActivations(activations)
        .withHeadIndex(!noHeadIndex)
        .withTernaryLayout(ternaryLayout)
        .withPinThreads(pinThreads)
        .withZeroSkipping(zeroSkipping);
  }

  KernelChoice kernels() {
    return kernels;
  }
}
