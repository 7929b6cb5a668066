package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.source.ModelSource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a model computes: the options of every command that runs one.
final class ModelOptions {
  private static final int PHYSICAL_CORES = -1;

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute; -1 or 0 for the number of physical cores (default).")
  private int threads = PHYSICAL_CORES;

  @Mixin private KernelFlags kernelFlags;

  LoadOptions toLoadOptions() {
    return withThreads(kernelFlags.toLoadOptions(), threads);
  }

  KernelChoice kernels() {
    return kernelFlags.kernels();
  }

  /// {@return options with a number of threads as `-t` takes it}
  static LoadOptions withThreads(LoadOptions options, int threads) {
    return named("-t", () -> options.withThreads(threads == PHYSICAL_CORES ? 0 : threads));
  }

  /// Loads a model and says on standard error what was repaired or should be known.
  static TernModel load(Path path, LoadOptions options, PrintWriter err, boolean quiet)
      throws IOException {
    requireFile(path);
    TernModel model = TernModel.load(path, options);
    if (!quiet) {
      printNotices(model, err);
    }
    return model;
  }

  /// Says what was repaired or should be known.
  static void printNotices(TernModel model, PrintWriter err) {
    model.info().notices().forEach(notice -> err.println("note: " + Printable.line(notice)));
  }

  /// Checks what can be said better before a file is opened.
  static void requireFile(Path path) throws IOException {
    ModelSource.requirePresent(path);
  }
}
