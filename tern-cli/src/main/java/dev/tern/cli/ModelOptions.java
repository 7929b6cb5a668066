package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.ActivationPrecision;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/// How a model computes: the options of every command that runs one.
final class ModelOptions {
  private static final int PHYSICAL_CORES = -1;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute; -1 or 0 for the number of physical cores (default).")
  private int threads = PHYSICAL_CORES;

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
      names = "--triples",
      description =
          "Read ternary weights from a copy in 5 bits for 3 weights while generating: more memory, the same text.")
  private boolean triples;

  LoadOptions toLoadOptions() {
    LoadOptions options =
        LoadOptions.defaults()
            .withKernels(kernels)
            .withI2sLayout(i2sLayout)
            .withActivations(activations)
            .withHeadIndex(!noHeadIndex)
            .withTriples(triples);
    return named("-t", () -> options.withThreads(threads == PHYSICAL_CORES ? 0 : threads));
  }

  KernelChoice kernels() {
    return kernels;
  }

  /// Loads a model and says on standard error what was repaired or should be known.
  static TernModel load(Path path, LoadOptions options, PrintWriter err, boolean quiet)
      throws IOException {
    requireFile(path);
    TernModel model = TernModel.load(path, options);
    if (!quiet) {
      model.info().notices().forEach(notice -> err.println("note: " + Printable.line(notice)));
    }
    return model;
  }

  /// Checks what can be said better before a file is opened.
  static void requireFile(Path path) throws IOException {
    if (Files.notExists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      throw new IOException(path + " is a folder; give the GGUF file in it");
    }
  }
}
