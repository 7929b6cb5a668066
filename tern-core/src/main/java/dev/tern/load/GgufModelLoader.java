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
import dev.tern.model.SparseNetworks;
import dev.tern.model.Transformer;
import dev.tern.model.Weights;
import dev.tern.source.ModelSource;
import dev.tern.tokenizer.ShownTokens;
import dev.tern.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Loads a model from a GGUF file or a Hugging Face folder.
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
  /// @param path a GGUF file, or a folder with `config.json` and safetensors files
  /// @return the model, to be closed by the caller
  /// @throws IOException if the file cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public LoadedModel load(Path path) throws IOException {
    KernelProvider.Selection kernels = KernelProvider.select(options.kernels());
    try {
      return load(ModelSource.open(path), kernels);
    } catch (UncheckedIOException unreadable) {
      throw unreadable.getCause();
    }
  }

  /// Loads a model from a file that is open.
  ///
  /// @param file closed with the model, and when loading fails
  /// @return the model, to be closed by the caller
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public LoadedModel load(GgufFile file) {
    return load(ModelSource.of(file));
  }

  /// Loads a model that has been opened.
  ///
  /// @param source closed with the model, and when loading fails
  /// @return the model, to be closed by the caller
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if Tern cannot run it
  public LoadedModel load(ModelSource source) {
    KernelProvider.Selection kernels;
    try {
      kernels = KernelProvider.select(options.kernels());
    } catch (IllegalArgumentException noSuchKernels) {
      source.close();
      throw noSuchKernels;
    }
    return load(source, kernels);
  }

  private LoadedModel load(ModelSource source, KernelProvider.Selection kernels) {
    int threads = options.threads() == 0 ? CpuTopology.physicalCores() : options.threads();
    Arena arena = Arena.ofShared();
    Backend backend = kernels.start(threads, options.pinThreads());
    try {
      return load(source, arena, backend, kernels);
    } catch (Throwable failure) {
      backend.close();
      arena.close();
      source.close();
      throw failure;
    }
  }

  private LoadedModel load(
      ModelSource source, Arena arena, Backend backend, KernelProvider.Selection kernels) {
    GgufConfig configReader = new GgufConfig(source);
    ModelConfig config = configReader.read();
    TensorSource tensors = new TensorSource(source, arena, options.i2sLayout());
    long madeBytes = tensors.make(backend.threads());
    LayoutChoice layout = LayoutChoice.of(options.ternaryLayout(), source, backend);
    WeightPreparation preparation = new WeightPreparation(arena, backend, layout.triples());
    LinearLayers linear =
        new LinearLayers(
            tensors,
            preparation,
            arena,
            options.activations(),
            config.style().bitLinear(),
            configReader.inputNormEps());
    GgufWeights weightReader = new GgufWeights(config, tensors, linear, arena);
    Weights read = weightReader.read();
    Weights weights =
        options.headIndex()
            ? read.withHeadIndex(read.head().plainMatrix().flatMap(preparation::index).orElse(null))
            : read;
    float[] inverseFrequencies = weightReader.inverseFrequencies(configReader.ropeScalingFactor());
    weightReader.refuseUnusedTensors();
    List<String> notices = new ArrayList<>(source.notices());
    Tokenizer tokenizer = ModelTokenizer.read(source, options.preTokenizer(), notices);
    requireEmbeddings(tokenizer, config, source);
    ChatChoice chat =
        ChatTemplateSelection.select(source, tokenizer, options.chatTemplate(), notices);
    Transformer whole = new Transformer(config, weights, inverseFrequencies, backend);
    SkippingChoice skipping = SkippingChoice.of(options.zeroSkipping(), whole, tokenizer, arena);
    SparseNetworks sparse = skipping.networks();
    return new LoadedModel(
        source,
        arena,
        sparse == null ? whole : whole.withWeights(weights.withSparse(sparse)),
        kernels,
        ShownTokens.showingToolMarks(tokenizer),
        chat.template(),
        chat.whyNone(),
        PoolingChoice.of(source, config, notices),
        madeBytes + preparation.repackedBytes() + (sparse == null ? 0 : sparse.byteSize()),
        layout.description(),
        skipping.description(),
        notices);
  }

  /// A padded embedding may have more rows than there are tokens, never fewer.
  private static void requireEmbeddings(
      Tokenizer tokenizer, ModelConfig config, ModelSource source) {
    if (tokenizer.vocabularySize() > config.vocabularySize()) {
      throw new ModelFormatException(
          "%s: the vocabulary has %d tokens, but the embedding has rows for %d"
              .formatted(source, tokenizer.vocabularySize(), config.vocabularySize()));
    }
  }
}
