package dev.tern;

import dev.tern.generate.GenerationLoop;
import dev.tern.generate.TextAssembler;
import dev.tern.generate.TokenSequence;
import dev.tern.model.KvCache;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A text that grows, with the memory of what the model has computed for it.
///
/// A new prompt that begins like the text so far is not computed again as far as the two agree. Not
/// safe for use by several threads, except [#close()] and [Generation#cancel()]; sessions of one
/// model are independent of each other.
public final class Session implements AutoCloseable {
  private final TernModel model;
  private final Lifetime lifetime = new Lifetime("the session");
  private final Arena arena;
  private final TokenSequence sequence;
  private final int contextLength;
  private @Nullable Generation newest;

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
    try {
      this.sequence =
          new TokenSequence(
              transformer,
              cache,
              transformer.workspace(arena, batchSize),
              model.tokenizer().vocabularySize(),
              () -> model.lifetime().isOver() || lifetime.isOver());
    } catch (OutOfMemoryError tooLarge) {
      arena.close();
      throw tooLarge;
    }
  }

  /// {@return the most tokens that the model can look back on: prompt and answer together, without
  /// the answer's last token, which nothing follows}
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
  /// @return the generation; an earlier one of this session that has not ended cannot go on
  /// @throws IllegalArgumentException if the prompt has no tokens, or an option names a token that
  ///   the vocabulary does not have
  /// @throws IllegalStateException if the session or its model has been closed
  public Generation start(String prompt, GenerationOptions options) {
    return start(model.tokenizer().encode(prompt, EncodeOptions.PROMPT), options);
  }

  /// Starts a generation, which computes nothing before its first token is asked for.
  ///
  /// @param prompt the tokens of the whole text to go on from
  /// @param options how to generate
  /// @return the generation; an earlier one of this session that has not ended cannot go on
  /// @throws IllegalArgumentException if the prompt has no tokens, or the prompt or an option names
  ///   a token that the vocabulary does not have
  /// @throws IllegalStateException if the session or its model has been closed
  public Generation start(int[] prompt, GenerationOptions options) {
    return start(prompt, options, _ -> {});
  }

  Generation start(int[] prompt, GenerationOptions options, Consumer<GenerationResult> whenEnded) {
    lifetime.requireOpen();
    Tokenizer tokenizer = model.loaded().tokenizer();
    for (int token : prompt) {
      requireToken("the prompt", token, tokenizer);
    }
    for (int token : options.logitBias().keySet()) {
      requireToken("a logit bias", token, tokenizer);
    }
    List<Integer> context = Arrays.stream(prompt).boxed().toList();
    long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong(1L << 31));
    Generation generation =
        new Generation(
            this,
            new GenerationLoop(
                sequence,
                prompt,
                options,
                seed,
                new TextAssembler(tokenizer.decoder(context), options.stop()),
                tokenizer::isEndOfGeneration),
            whenEnded);
    newest = generation;
    return generation;
  }

  private static void requireToken(String what, int token, Tokenizer tokenizer) {
    if (token < 0 || token >= tokenizer.vocabularySize()) {
      throw new IllegalArgumentException(
          "%s names the token %d; the vocabulary has tokens 0 to %d"
              .formatted(what, token, tokenizer.vocabularySize() - 1));
    }
  }

  /// {@return what a step of a generation gives; session and model stay open meanwhile}
  ///
  /// @throws IllegalStateException if one of them has been closed, or the text is another
  ///   generation's by now
  <T> T compute(Generation generation, Supplier<T> step) {
    if (!generation.equals(newest)) {
      throw new IllegalStateException(
          "a newer generation of the session has begun, so this one cannot go on");
    }
    return model.lifetime().use(() -> lifetime.use(step));
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

  /// Frees the session's memory. May be called from any thread; a generation that is computing
  /// finishes its token, or its batch of the prompt, before.
  @Override
  public void close() {
    lifetime.end(arena::close);
  }
}
