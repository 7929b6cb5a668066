package dev.tern;

import dev.tern.generate.GenerationLoop;
import dev.tern.generate.TextAssembler;
import dev.tern.generate.TokenSequence;
import dev.tern.load.LoadedModel;
import dev.tern.model.KvCache;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/// A text that grows, with the memory of what the model has computed for it.
///
/// A new prompt that begins like the text so far is not computed again as far as the two agree. Not
/// safe for use by several threads, except [Generation#cancel()]; sessions of one model are
/// independent of each other.
public final class Session implements AutoCloseable {
  private final TernModel model;
  private final Arena arena;
  private final TokenSequence sequence;
  private final int contextLength;

  Session(TernModel model, SessionOptions options) {
    this.model = model;
    Transformer transformer = model.loaded().transformer();
    int trained = transformer.config().contextLength();
    this.contextLength = options.contextLength() == 0 ? trained : options.contextLength();
    if (contextLength > trained) {
      throw new IllegalArgumentException(
          "a context of %d tokens was asked for, but the model was trained for %d"
              .formatted(contextLength, trained));
    }
    this.arena = Arena.ofShared();
    KvCache cache =
        new KvCache(
            arena, transformer.config(), contextLength, options.cacheTypeK(), options.cacheTypeV());
    int batchSize = Math.min(options.batchSize(), contextLength);
    this.sequence = new TokenSequence(transformer, cache, transformer.workspace(arena, batchSize));
  }

  /// {@return the most tokens of prompt and answer together}
  public int contextLength() {
    return contextLength;
  }

  /// {@return how many tokens the text has}
  public int length() {
    return sequence.tokens().size();
  }

  /// {@return the memory of the KV cache so far, in bytes}
  public long cacheBytes() {
    return sequence.cacheBytes();
  }

  /// Starts a generation, which computes nothing before its first token is asked for.
  ///
  /// @param prompt the whole text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @return the generation; an earlier one of this session must not be used any more
  /// @throws IllegalArgumentException if the prompt has no tokens
  /// @throws IllegalStateException if the model has been closed
  public Generation start(String prompt, GenerationOptions options) {
    return start(model.tokenizer().encode(prompt, EncodeOptions.PROMPT), options);
  }

  /// Starts a generation, which computes nothing before its first token is asked for.
  ///
  /// @param prompt the tokens of the whole text to go on from
  /// @param options how to generate
  /// @return the generation; an earlier one of this session must not be used any more
  /// @throws IllegalArgumentException if the prompt has no tokens
  /// @throws IllegalStateException if the model has been closed
  public Generation start(int[] prompt, GenerationOptions options) {
    return start(prompt, options, _ -> {});
  }

  Generation start(int[] prompt, GenerationOptions options, Consumer<GenerationResult> whenEnded) {
    LoadedModel loaded = model.loaded();
    Tokenizer tokenizer = loaded.tokenizer();
    List<Integer> context = Arrays.stream(prompt).boxed().toList();
    long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 31));
    return new Generation(
        new GenerationLoop(
            sequence,
            prompt,
            options,
            seed,
            new TextAssembler(tokenizer.decoder(context), options.stop()),
            tokenizer::isEndOfGeneration),
        whenEnded);
  }

  /// Generates a text.
  ///
  /// @param prompt the whole text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @return the generated text and what it cost
  /// @throws ContextLengthException if the prompt does not fit
  public GenerationResult generate(String prompt, GenerationOptions options) {
    return start(prompt, options).finish();
  }

  /// Generates a text and hands out its tokens as they come.
  ///
  /// @param prompt the whole text to go on from; names of special tokens in it are special tokens
  /// @param options how to generate
  /// @param onToken called for each token, on this thread
  /// @return the generated text and what it cost
  /// @throws ContextLengthException if the prompt does not fit
  public GenerationResult generate(
      String prompt, GenerationOptions options, Consumer<Token> onToken) {
    Generation generation = start(prompt, options);
    generation.forEachRemaining(onToken);
    return generation.result();
  }

  /// Frees the session's memory.
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
