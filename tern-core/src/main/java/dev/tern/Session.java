package dev.tern;

import dev.tern.generate.GenerationLoop;
import dev.tern.generate.TextAssembler;
import dev.tern.generate.TextReading;
import dev.tern.generate.TokenSequence;
import dev.tern.kernel.ComputeThreads;
import dev.tern.kernel.FloatMatrix;
import dev.tern.model.KvCache;
import dev.tern.model.Transformer;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
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
  private final Transformer transformer;
  private final TokenSequence sequence;
  private final int contextLength;

  /// Who works with the text: the newest generation, or a reading.
  private @Nullable Object newest;

  Session(TernModel model, SessionOptions options) {
    this.model = model;
    Transformer shared = model.loaded().transformer();
    this.transformer =
        options.onCallingThread() ? shared.withBackend(shared.backend().onCallingThread()) : shared;
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
    requireTokens(prompt, options, tokenizer);
    List<Integer> context = Arrays.stream(prompt).boxed().toList();
    Generation generation =
        new Generation(
            this,
            new GenerationLoop(
                sequence,
                prompt,
                options,
                options.seedOrNew(),
                new TextAssembler(tokenizer.decoder(context), options.stop()),
                tokenizer::isEndOfGeneration,
                model.constraint(options, context)),
            whenEnded);
    newest = generation;
    return generation;
  }

  /// Refuses tokens that the vocabulary does not have.
  static void requireTokens(int[] prompt, GenerationOptions options, Tokenizer tokenizer) {
    requireTokens("the prompt", prompt, tokenizer);
    for (int token : options.logitBias().keySet()) {
      requireToken("a logit bias", token, tokenizer);
    }
  }

  /// Refuses tokens that the vocabulary does not have.
  ///
  /// @param what has the tokens, for the message
  static void requireTokens(String what, int[] tokens, Tokenizer tokenizer) {
    for (int token : tokens) {
      requireToken(what, token, tokenizer);
    }
  }

  private static void requireToken(String what, int token, Tokenizer tokenizer) {
    if (token < 0 || token >= tokenizer.vocabularySize()) {
      throw new IllegalArgumentException(
          "%s names the token %d; the vocabulary has tokens 0 to %d"
              .formatted(what, token, tokenizer.vocabularySize() - 1));
    }
  }

  /// {@return what a step of a generation or a reading gives; session and model stay open
  /// meanwhile}
  ///
  /// @throws IllegalStateException if one of them has been closed, or somebody else works with the
  ///   text by now
  <T> T compute(Object user, Supplier<T> step) {
    if (!user.equals(newest)) {
      throw new IllegalStateException(
          "the session has begun something newer, so this cannot go on");
    }
    return model.lifetime().use(() -> lifetime.use(step));
  }

  /// Reads a given text and tells what the model expected at each of some neighbouring places
  /// ("teacher forcing"), with the kernels that generation uses and therefore the same logits.
  ///
  /// What the session has read already is not computed again. A generation of this session that has
  /// not ended cannot go on.
  ///
  /// @param tokens the text
  /// @param from the first place, at least 1: index 0 has nothing before it to expect it from
  /// @param to one past the last place, at most one more than the text is long: the place behind
  ///   its last token can be predicted as well
  /// @param reader given the predictions of places `from` to `to - 1` in order, on this thread,
  ///   while the rest of the text has not been read
  /// @throws ContextLengthException if the first `to - 1` tokens do not fit
  /// @throws IllegalArgumentException if `tokens` names a token that the vocabulary does not have
  /// @throws IndexOutOfBoundsException if the text has no such places
  /// @throws IllegalStateException if the session or its model has been closed, or `reader` uses
  ///   the session otherwise
  public void predict(int[] tokens, int from, int to, Consumer<? super Prediction> reader) {
    lifetime.requireOpen();
    Objects.checkFromToIndex(from - 1, to - 1, tokens.length);
    requireTokens("the text", tokens, model.loaded().tokenizer());
    if (from == to) {
      return;
    }
    TextReading reading = sequence.read(Arrays.copyOf(tokens, to - 1), from - 1);
    newest = reading;
    for (int position = from; position < to; ) {
      int first = position;
      List<Prediction> block =
          compute(
              reading,
              () -> reading.next().map(logits -> predictions(first, logits)).orElse(List.of()));
      block.forEach(reader);
      position += block.size();
    }
  }

  /// The compute threads share the rows: the exponentials of a large vocabulary are not for free.
  private List<Prediction> predictions(int firstPosition, FloatMatrix logits) {
    Prediction[] block = new Prediction[logits.rows()];
    ComputeThreads threads = transformer.backend().threads();
    threads.run(
        block.length,
        1,
        (fromRow, toRow) -> {
          for (int row = fromRow; row < toRow; row++) {
            float[] values = new float[logits.cols()];
            logits.copyRow(row, values);
            block[row] = new Prediction(firstPosition + row, values);
          }
        });
    return List.of(block);
  }

  /// Scores the tokens of a given text: how likely the model finds each after those before it.
  ///
  /// @param tokens the text
  /// @param from the index of the first token to score, at least 1
  /// @return the natural logarithms of the probabilities of `tokens[from]` to the last
  /// @throws ContextLengthException if the text without its last token does not fit
  /// @throws IllegalArgumentException if `tokens` names a token that the vocabulary does not have
  /// @throws IndexOutOfBoundsException if the text has no token `from`, or it is not at least 1
  /// @throws IllegalStateException if the session or its model has been closed
  public double[] logProbabilities(int[] tokens, int from) {
    double[] scores = new double[tokens.length - Objects.checkIndex(from, tokens.length)];
    predict(
        tokens,
        from,
        tokens.length,
        prediction ->
            scores[prediction.position() - from] =
                prediction.logProbability(tokens[prediction.position()]));
    return scores;
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
