package dev.tern.eval;

import dev.tern.ModelFormatException;
import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// Measures the perplexity of a model on texts. Immutable and safe for use by many threads.
///
/// Chunks are computed several at once, each by one thread, which is faster than one after the
/// other, each by all threads: see [#withChunksAtOnce(int)]. The result has the same bits.
public final class PerplexityMeasurement {
  /// What the KV caches of chunks that are computed at once take together, unless their number was
  /// asked for.
  private static final long MOST_CACHE_BYTES = 1L << 30;

  private final TernModel model;
  private final PerplexityProtocol protocol;
  private final SessionOptions sessionOptions;
  private final int chunksAtOnce;

  private PerplexityMeasurement(
      TernModel model,
      PerplexityProtocol protocol,
      SessionOptions sessionOptions,
      int chunksAtOnce) {
    this.model = model;
    this.protocol = protocol;
    this.sessionOptions = sessionOptions.withContextLength(protocol.windowLength());
    this.chunksAtOnce = chunksAtOnce;
    int trained = model.info().contextLength();
    if (protocol.windowLength() > trained) {
      throw new IllegalArgumentException(
          "the protocol computes %d tokens at once%s, but the model was trained for %d: take a shorter context"
              .formatted(
                  protocol.windowLength(),
                  protocol.stride() == 0 ? "" : ", the context and half the stride",
                  trained));
    }
  }

  /// {@return a measurement with batches and a KV cache as sessions have them}
  ///
  /// @param model to be measured
  /// @param protocol which tokens are scored
  /// @throws IllegalArgumentException if the model was not trained for chunks that long
  public static PerplexityMeasurement of(TernModel model, PerplexityProtocol protocol) {
    return of(model, protocol, SessionOptions.defaults());
  }

  /// {@return a measurement}
  ///
  /// @param model to be measured
  /// @param protocol which tokens are scored
  /// @param options how the session that computes remembers; its context length is the protocol's
  /// @throws IllegalArgumentException if the model was not trained for chunks that long
  public static PerplexityMeasurement of(
      TernModel model, PerplexityProtocol protocol, SessionOptions options) {
    return new PerplexityMeasurement(model, protocol, options, 0);
  }

  /// {@return this measurement with another number of chunks that are computed at once}
  ///
  /// One chunk at a time is computed by the model's compute threads together, several each by a
  /// thread of its own, with a KV cache of its own. By default they are as many as the model has
  /// compute threads if their KV caches fit into 1 GiB together, else one. The first chunk, and a
  /// last few that would leave most threads idle, are computed by all threads in any case.
  ///
  /// @param value from 1 to the model's compute threads, or 0 for the default; threads of a model
  ///   that keeps its own on processors are not kept there, so 1 is what such a model is measured
  ///   with
  /// @throws IllegalArgumentException if the number is negative or the model has fewer threads
  public PerplexityMeasurement withChunksAtOnce(int value) {
    int threads = model.info().threads();
    if (value < 0 || value > threads) {
      throw new IllegalArgumentException(
          "chunks computed at once must be from 1 to the %d threads of the model, not %d"
              .formatted(threads, value));
    }
    return new PerplexityMeasurement(model, protocol, sessionOptions, value);
  }

  /// Measures.
  ///
  /// @param text of at least twice as many tokens as a chunk has; names of special tokens in it are
  ///   ordinary text
  /// @param afterEachChunk told on this thread what is known so far, the result at last
  /// @return the result
  /// @throws IllegalArgumentException if the text is too short
  /// @throws ModelFormatException if the model computes values that are no numbers
  public Perplexity run(String text, Consumer<? super Perplexity> afterEachChunk) {
    int[] tokens = encode(text);
    int planned = protocol.count(tokens.length);
    Losses losses = new Losses(protocol, planned);
    Consumer<double[]> reader =
        scores -> {
          addTo(losses, tokens, scores);
          afterEachChunk.accept(losses.soFar());
        };
    try (Session session = model.newSession(sessionOptions)) {
      reader.accept(score(session, tokens, 0));
      int next = scoreInParallel(tokens, planned, session.cacheBytes(), reader);
      for (; next < planned; next++) {
        reader.accept(score(session, tokens, next));
      }
    }
    return losses.soFar();
  }

  /// {@return the index of the first window that is left, after the first and those that several
  /// threads have scored}
  private int scoreInParallel(
      int[] tokens, int planned, long cacheBytes, Consumer<double[]> reader) {
    int atOnce = chunksAtOnce(cacheBytes);
    int rest = (planned - 1) % atOnce;
    int end = rest > atOnce / 2 ? planned : planned - rest;
    if (atOnce == 1 || end == 1) {
      return 1;
    }
    try (ParallelScores<double[]> scores = new ParallelScores<>(model, sessionOptions, atOnce)) {
      scores.run(1, end, index -> session -> score(session, tokens, index), reader);
    }
    return end;
  }

  private int chunksAtOnce(long cacheBytes) {
    int threads = model.info().threads();
    if (chunksAtOnce != 0) {
      return chunksAtOnce;
    }
    return threads * cacheBytes <= MOST_CACHE_BYTES ? threads : 1;
  }

  private OptionalInt firstToken() {
    Tokenizer tokenizer = model.tokenizer();
    return tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
  }

  private int[] encode(String text) {
    int[] plain = model.tokenizer().encode(text, EncodeOptions.TEXT);
    OptionalInt first = firstToken();
    if (first.isEmpty()) {
      return plain;
    }
    int[] tokens = new int[plain.length + 1];
    tokens[0] = first.getAsInt();
    System.arraycopy(plain, 0, tokens, 1, plain.length);
    return tokens;
  }

  private int[] window(int[] tokens, int index) {
    int start = protocol.start(index);
    int[] window = Arrays.copyOfRange(tokens, start, start + protocol.windowLength());
    firstToken().ifPresent(first -> window[0] = first);
    return window;
  }

  private double[] score(Session session, int[] text, int index) {
    return session.logProbabilities(window(text, index), protocol.firstScored());
  }

  /// Adds the scores of the next window in the order of the text.
  private void addTo(Losses losses, int[] text, double[] scores) {
    int[] window = window(text, losses.chunks);
    int from = protocol.firstScored();
    for (int i = 0; i < scores.length; i++) {
      int token = window[from + i];
      if (Double.isNaN(scores[i])) {
        throw new ModelFormatException(
            "%s: the model computes values that are no numbers, so there is nothing to measure: the file is damaged, or a KV cache of 16 bits is too narrow for it"
                .formatted(model.info().name()));
      }
      losses.add(-scores[i], model.tokenizer().bytes(token).length);
    }
    losses.endChunk();
  }

  /// Sums of losses, in the order of the text.
  private static final class Losses {
    private final PerplexityProtocol protocol;
    private final int planned;
    private int chunks;
    private long tokens;
    private long bytes;
    private double sum;
    private double sumOfSquares;

    Losses(PerplexityProtocol protocol, int planned) {
      this.protocol = protocol;
      this.planned = planned;
    }

    void add(double loss, int tokenBytes) {
      tokens++;
      bytes += tokenBytes;
      sum += loss;
      sumOfSquares += loss * loss;
    }

    void endChunk() {
      chunks++;
    }

    Perplexity soFar() {
      double mean = sum / tokens;
      // Rounding may make equal losses vary by less than nothing.
      double variance = Math.max(0, sumOfSquares / tokens - mean * mean);
      double error = tokens < 2 ? 0 : Math.sqrt(variance / (tokens - 1));
      return new Perplexity(protocol, chunks, planned, tokens, bytes, mean, error);
    }
  }
}
