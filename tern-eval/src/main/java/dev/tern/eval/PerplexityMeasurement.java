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
public final class PerplexityMeasurement {
  private final TernModel model;
  private final PerplexityProtocol protocol;
  private final SessionOptions sessionOptions;

  private PerplexityMeasurement(
      TernModel model, PerplexityProtocol protocol, SessionOptions sessionOptions) {
    this.model = model;
    this.protocol = protocol;
    this.sessionOptions = sessionOptions.withContextLength(protocol.windowLength());
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
    return new PerplexityMeasurement(model, protocol, options);
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
    try (Session session = model.newSession(sessionOptions)) {
      for (int i = 0; i < planned; i++) {
        score(session, window(tokens, protocol.start(i)), losses);
        losses.endChunk();
        afterEachChunk.accept(losses.soFar());
      }
    }
    return losses.soFar();
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

  private int[] window(int[] tokens, int start) {
    int[] window = Arrays.copyOfRange(tokens, start, start + protocol.windowLength());
    firstToken().ifPresent(first -> window[0] = first);
    return window;
  }

  private void score(Session session, int[] window, Losses losses) {
    int from = protocol.firstScored();
    double[] scores = session.logProbabilities(window, from);
    for (int i = 0; i < scores.length; i++) {
      int token = window[from + i];
      if (Double.isNaN(scores[i])) {
        throw new ModelFormatException(
            "%s: the model computes values that are no numbers, so there is nothing to measure: the file is damaged, or a KV cache of 16 bits is too narrow for it"
                .formatted(model.info().name()));
      }
      losses.add(-scores[i], model.tokenizer().bytes(token).length);
    }
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
