package dev.tern.generate;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.Usage;
import dev.tern.grammar.TokenConstraint;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Generates one text, a token at a time, as its consumer asks for them.
///
/// Nothing is computed ahead: the prompt with the first token, each further token when it is asked
/// for. [#cancel()] may be called from any thread; everything else from one.
public final class GenerationLoop {
  private final TokenSequence sequence;
  private final int[] prompt;
  private final GenerationOptions options;
  private final Continuation continuation;
  private volatile boolean cancelled;
  private int cachedTokens;
  private int draftedBefore;
  private int acceptedBefore;
  private long promptNanos;
  private long firstTokenAt;
  private long lastTokenAt;

  /// Prepares a generation; nothing is computed yet.
  ///
  /// @param sequence becomes prompt and generated text
  /// @param prompt at least one token
  /// @param options how to generate
  /// @param seed of the random choices
  /// @param assembler turns tokens into text
  /// @param endsTurn whether a token ends a turn
  /// @param constraint what the text may be, at its beginning; empty for anything
  public GenerationLoop(
      TokenSequence sequence,
      int[] prompt,
      GenerationOptions options,
      long seed,
      TextAssembler assembler,
      IntPredicate endsTurn,
      Optional<TokenConstraint> constraint) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: there is nothing to go on from");
    }
    this.sequence = sequence;
    this.prompt = prompt.clone();
    this.options = options;
    this.continuation = new Continuation(options, seed, assembler, endsTurn, constraint);
  }

  /// Computes the prompt if that has not happened yet, and tells whether there will be another
  /// token.
  ///
  /// @return false once the generation has ended
  public boolean hasNext() {
    if (promptNanos == 0) {
      start();
    }
    if (cancelled) {
      continuation.end(StopReason.CANCELLED);
    }
    return continuation.stopReason() == null;
  }

  private void start() {
    long begin = System.nanoTime();
    draftedBefore = sequence.drafted();
    acceptedBefore = sequence.accepted();
    cachedTokens = sequence.become(prompt, () -> cancelled);
    promptNanos = Math.max(1, System.nanoTime() - begin);
  }

  /// {@return the next token}
  ///
  /// @throws NoSuchElementException once the generation has ended
  public Token next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation has ended: " + continuation.stopReason());
    }
    if (continuation.size() > 0) {
      sequence.append(continuation.last(), options.draftTokens());
    }
    long begin = System.nanoTime();
    Token token = continuation.choose(logits(), sequence.tokens(), sequence.room());
    lastTokenAt = System.nanoTime();
    if (continuation.size() == 1) {
      firstTokenAt = lastTokenAt;
      promptNanos += lastTokenAt - begin;
    }
    return token;
  }

  private float[] logits() {
    int[] moved = continuation.movedTokens(sequence.tokens());
    int largest = continuation.largestNeeded(moved);
    return largest == 0 ? sequence.logits() : sequence.largestLogits(largest, moved);
  }

  /// Ends the generation after the token or batch that is being computed. May be called from any
  /// thread.
  public void cancel() {
    cancelled = true;
  }

  /// Generates what is left.
  ///
  /// @return the whole generation
  public GenerationResult finish() {
    while (hasNext()) {
      next();
    }
    return result();
  }

  /// {@return the generation so far; a generation that has not ended counts as cancelled}
  public GenerationResult result() {
    Usage usage =
        new Usage(
            prompt.length,
            cachedTokens,
            continuation.size(),
            promptNanos,
            continuation.size() < 2 ? 0 : lastTokenAt - firstTokenAt,
            sequence.drafted() - draftedBefore,
            sequence.accepted() - acceptedBefore);
    return continuation.result(usage);
  }
}
