package dev.tern.testing;

import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.LoadOptions;
import dev.tern.generate.TokenSequence;
import dev.tern.load.GgufModelLoader;
import dev.tern.load.LoadedModel;
import dev.tern.model.KvCache;
import dev.tern.model.Transformer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;

/// A model and the memory for texts of it, below the public API.
public final class LoadedText implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final LoadedModel model;

  /// Loads a model.
  public LoadedText(Path path, KernelChoice kernels, int threads) throws IOException {
    LoadOptions options = LoadOptions.defaults().withKernels(kernels).withThreads(threads);
    model = new GgufModelLoader(options).load(path);
  }

  /// {@return the model}
  public LoadedModel model() {
    return model;
  }

  /// {@return an empty text}
  public TokenSequence sequence(int capacity, int batchSize, KvCacheType cacheType) {
    Transformer transformer = model.transformer();
    return new TokenSequence(
        transformer,
        new KvCache(arena, transformer.config(), capacity, cacheType, cacheType),
        transformer.workspace(arena, batchSize),
        model.tokenizer().vocabularySize(),
        () -> false);
  }

  @Override
  public void close() {
    arena.close();
    model.close();
  }
}
