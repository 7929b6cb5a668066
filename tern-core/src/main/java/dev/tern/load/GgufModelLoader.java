package dev.tern.load;

import dev.tern.LoadOptions;
import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.kernel.Backend;
import dev.tern.kernel.CpuTopology;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.WeightPreparation;
import dev.tern.model.ModelConfig;
import dev.tern.model.Transformer;
import dev.tern.model.Weights;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Loads a model from a GGUF file.
public final class GgufModelLoader {
  private final LoadOptions options;

  /// Prepares to load.
  ///
  /// @param options how
  public GgufModelLoader(LoadOptions options) {
    this.options = options;
  }

  /// Loads a model.
  ///
  /// @param path a GGUF file
  /// @return the model, to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public LoadedModel load(Path path) throws IOException {
    KernelProvider.Selection kernels = KernelProvider.select(options.kernels());
    return load(GgufFile.open(path), kernels);
  }

  /// Loads a model from a file that is open.
  ///
  /// @param file closed with the model, and when loading fails
  /// @return the model, to be closed by the caller
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public LoadedModel load(GgufFile file) {
    KernelProvider.Selection kernels;
    try {
      kernels = KernelProvider.select(options.kernels());
    } catch (IllegalArgumentException noSuchKernels) {
      file.close();
      throw noSuchKernels;
    }
    return load(file, kernels);
  }

  private LoadedModel load(GgufFile file, KernelProvider.Selection kernels) {
    int threads = options.threads() == 0 ? CpuTopology.physicalCores() : options.threads();
    Arena arena = Arena.ofShared();
    Backend backend = kernels.start(threads, options.pinThreads());
    try {
      return load(file, arena, backend, kernels);
    } catch (Throwable failure) {
      backend.close();
      arena.close();
      file.close();
      throw failure;
    }
  }

  private LoadedModel load(
      GgufFile file, Arena arena, Backend backend, KernelProvider.Selection kernels) {
    GgufConfig configReader = new GgufConfig(file);
    ModelConfig config = configReader.read();
    TensorSource tensors = new TensorSource(file, options.i2sLayout());
    LayoutChoice layout = LayoutChoice.of(options.ternaryLayout(), file, backend);
    WeightPreparation preparation = new WeightPreparation(arena, backend, layout.triples());
    LinearLayers linear =
        new LinearLayers(
            tensors,
            preparation,
            arena,
            options.activations(),
            config.style().bitLinear(),
            config.rmsNormEps());
    GgufWeights weightReader = new GgufWeights(config, tensors, linear, arena);
    Weights read = weightReader.read();
    Weights weights =
        options.headIndex()
            ? read.withHeadIndex(read.head().plainMatrix().flatMap(preparation::index).orElse(null))
            : read;
    float[] inverseFrequencies = weightReader.inverseFrequencies(configReader.ropeScalingFactor());
    weightReader.refuseUnusedTensors();
    List<String> notices = new ArrayList<>();
    Tokenizer tokenizer = GgufTokenizer.read(file, options.preTokenizer(), notices);
    requireEmbeddings(tokenizer, config, file);
    ChatChoice chat =
        ChatTemplateSelection.select(file, tokenizer, options.chatTemplate(), notices);
    return new LoadedModel(
        file,
        arena,
        new Transformer(config, weights, inverseFrequencies, backend),
        kernels,
        tokenizer,
        chat.template(),
        chat.whyNone(),
        preparation.repackedBytes(),
        layout.description(),
        notices);
  }

  /// A padded embedding may have more rows than there are tokens, never fewer.
  private static void requireEmbeddings(Tokenizer tokenizer, ModelConfig config, GgufFile file) {
    if (tokenizer.vocabularySize() > config.vocabularySize()) {
      throw new ModelFormatException(
          "%s: the vocabulary has %d tokens, but the embedding has rows for %d"
              .formatted(file, tokenizer.vocabularySize(), config.vocabularySize()));
    }
  }
}
