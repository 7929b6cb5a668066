package dev.tern.cli;

import dev.tern.ActivationPrecision;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.ModelInfo;
import dev.tern.TernModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a model is loaded: the options of every command that runs one.
final class ModelOptions {
  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description = "Threads that compute (default: the number of physical cores).")
  private int threads;

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
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description =
          "Split text as this pre-tokenizer does, instead of the one that the file names.")
  private @Nullable String preTokenizer;

  @Option(
      names = "--chat-template",
      paramLabel = "NAME",
      description =
          "Write conversations in this format: bitnet, bitnet-rendered, llama3, falcon3, chatml.")
  private @Nullable String chatTemplate;

  LoadOptions toLoadOptions() {
    LoadOptions options =
        LoadOptions.defaults()
            .withThreads(threads)
            .withKernels(kernels)
            .withI2sLayout(i2sLayout)
            .withActivations(activations);
    if (preTokenizer != null) {
      options = options.withPreTokenizer(preTokenizer);
    }
    return chatTemplate == null ? options : options.withChatTemplate(chatTemplate);
  }

  /// Loads a model and says on standard error what was repaired, and whether it will be slow for no
  /// good reason.
  TernModel load(Path path, PrintWriter err, boolean quiet) throws IOException {
    requireFile(path);
    TernModel model = TernModel.load(path, toLoadOptions());
    ModelInfo info = model.info();
    if (!quiet) {
      info.notices().forEach(notice -> err.println("note: " + notice));
      err.flush();
    }
    return model;
  }

  static void requireFile(Path path) throws IOException {
    if (Files.notExists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      throw new IOException(path + " is a folder; Tern runs models from GGUF files");
    }
  }
}
