package dev.tern;

import dev.tern.embed.EmbeddingPasses;
import dev.tern.embed.Pooled;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Makes vectors of texts with a model. Safe for use by many threads.
final class Embedder {
  /// Texts come from people who may be strangers: what looks like a special token is text.
  private static final EncodeOptions WHOLE_TEXT = new EncodeOptions(true, false);

  private final TernModel model;

  /// Who computes the next pass: one of all callers, so that an engine that waits for its turn
  /// waits for one pass however many they are.
  private final ReentrantLock callers = new ReentrantLock(true);

  Embedder(TernModel model) {
    this.model = model;
  }

  List<Embedding> embed(List<String> texts, EmbeddingOptions options) {
    Tokenizer tokenizer = model.tokenizer();
    return embedTokens(
        texts.stream().map(text -> tokenizer.encode(text, WHOLE_TEXT)).toList(), options);
  }

  List<Embedding> embedTokens(List<int[]> texts, EmbeddingOptions options) {
    Transformer transformer = model.loaded().transformer();
    int size = transformer.config().hiddenSize();
    if (options.dimensions() > size) {
      throw new IllegalArgumentException(
          "%d dimensions were asked for, but the model's vectors have %d"
              .formatted(options.dimensions(), size));
    }
    requireTexts(texts, contextLength(options, transformer.config().contextLength()));
    Pooling pooling = options.pooling().orElse(model.pooling());
    List<float[]> states;
    try (Arena arena = Arena.ofShared()) {
      EmbeddingPasses passes =
          new EmbeddingPasses(transformer, arena, texts, pooling, options.batchSize());
      while (passes.remaining()) {
        pass(passes);
      }
      states = passes.vectors();
    }
    int dimensions = options.dimensions() == 0 ? size : options.dimensions();
    List<Embedding> embeddings = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      float[] vector = Pooled.finish(states.get(i), dimensions, options.normalize());
      embeddings.add(new Embedding(vector, texts.get(i).length));
    }
    return List.copyOf(embeddings);
  }

  private static int contextLength(EmbeddingOptions options, int trained) {
    if (options.contextLength() > trained) {
      throw new IllegalArgumentException(
          "a context of %d tokens was asked for, but the model was trained for %d"
              .formatted(options.contextLength(), trained));
    }
    return options.contextLength() == 0 ? trained : options.contextLength();
  }

  /// All are looked at before anything is computed.
  private void requireTexts(List<int[]> texts, int contextLength) {
    for (int i = 0; i < texts.size(); i++) {
      String name = "text %d of %d".formatted(i + 1, texts.size());
      int[] tokens = texts.get(i);
      if (tokens.length == 0) {
        throw new IllegalArgumentException(
            name + " is empty and the tokenizer adds nothing to it: there is nothing to embed");
      }
      if (tokens.length > contextLength) {
        throw new ContextLengthException(name, tokens.length, contextLength);
      }
      Session.requireTokens(name, tokens, model.tokenizer());
    }
  }

  private void pass(EmbeddingPasses passes) {
    callers.lock();
    try {
      model.takeTurn(() -> {
        passes.step();
        return true;
      });
    } finally {
      callers.unlock();
    }
  }
}
