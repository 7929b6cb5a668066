package dev.tern.generate;

import dev.tern.BatchTimings;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.Usage;
import dev.tern.grammar.TokenConstraint;
import dev.tern.model.KvCache;
import dev.tern.model.KvPool;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// A text that is generated in a batch.
///
/// Its tokens are known before they are computed: those of the prompt at first, after each pass the
/// one that was chosen, and all of them where the memory of what had been computed was given up. So
/// going on, beginning and beginning again are the same.
///
/// Belongs to its scheduler's thread, except [#cancel()] and [#timings()].
public final class BatchText {
  private static final long NOT_YET = -1;

  private final int promptLength;
  private final TokenHistory tokens = new TokenHistory();
  private final Continuation continuation;
  private final Observer observer;
  private final long submittedAt = System.nanoTime();
  private volatile boolean cancelled;
  private volatile long queuedNanos = NOT_YET;
  private volatile long firstTokenNanos = NOT_YET;
  private volatile long totalNanos = NOT_YET;
  private final AtomicInteger preemptions = new AtomicInteger();
  private long lastTokenNanos;
  private int cachedTokens;
  private @Nullable KvCache cache;
  private @Nullable Token chosen;
  private @Nullable RuntimeException failure;

  /// When the text came to its scheduler, compared with others.
  long number;

  /// The whole blocks of the text that the prefix cache knows.
  PrefixCache.@Nullable Node known;

  /// How many blocks those are.
  int knownBlocks;

  /// How many tokens of it the next pass computes.
  int rows;

  /// Told what happens to a text, on the scheduler's thread, which it must not hold up.
  public interface Observer {
    /// Told of a token.
    ///
    /// @param token the next one
    void chosen(Token token);

    /// Told that the text has ended.
    ///
    /// @param result the whole text
    void ended(GenerationResult result);

    /// Told that the text cannot go on.
    ///
    /// @param reason why
    void failed(Throwable reason);
  }

  /// Prepares a text.
  ///
  /// @param prompt at least one token
  /// @param options how to generate
  /// @param seed of the random choices
  /// @param assembler turns tokens into text
  /// @param endsTurn whether a token ends a turn
  /// @param constraint what the text may be, at its beginning; empty for anything
  /// @param observer told what happens to it
  public BatchText(
      int[] prompt,
      GenerationOptions options,
      long seed,
      TextAssembler assembler,
      IntPredicate endsTurn,
      Optional<TokenConstraint> constraint,
      Observer observer) {
    this.promptLength = prompt.length;
    for (int token : prompt) {
      tokens.add(token);
    }
    this.continuation = new Continuation(options, seed, assembler, endsTurn, constraint);
    this.observer = observer;
  }

  /// Ends the text before its next token. May be called from any thread.
  public void cancel() {
    cancelled = true;
  }

  /// {@return whether nobody wants the text any more}
  public boolean isCancelled() {
    return cancelled;
  }

  /// {@return when what happened to the text; may be called from any thread}
  public BatchTimings timings() {
    return new BatchTimings(
        since(queuedNanos), since(firstTokenNanos), since(totalNanos), preemptions.get());
  }

  private static OptionalLong since(long nanos) {
    return nanos == NOT_YET ? OptionalLong.empty() : OptionalLong.of(nanos);
  }

  private long nanosSoFar() {
    return System.nanoTime() - submittedAt;
  }

  TokenHistory tokens() {
    return tokens;
  }

  Continuation continuation() {
    return continuation;
  }

  /// {@return what has been computed; only while the text is running}
  KvCache cache() {
    if (cache == null) {
      throw new IllegalStateException("the text is not running");
    }
    return cache;
  }

  /// {@return the tokens that are known and have not been computed}
  int pending() {
    return tokens.size() - cache().length();
  }

  /// {@return blocks that its tokens still need, and room for one more}
  int missingBlocks() {
    KvCache computed = cache();
    int positions = Math.min(tokens.size() + 1, computed.capacity());
    return computed.missingBlocks(positions - computed.length());
  }

  void begin(KvPool pool, int contextLength) {
    cache = new KvCache(pool, contextLength);
    if (queuedNanos == NOT_YET) {
      queuedNanos = nanosSoFar();
    }
  }

  /// Notes that tokens need not be computed.
  void found(int count) {
    if (continuation.size() == 0) {
      cachedTokens += count;
    }
  }

  /// Forgets what has been computed, to begin again some time.
  void preempt() {
    release();
    preemptions.incrementAndGet();
    if (continuation.size() == 0) {
      cachedTokens = 0;
    }
  }

  private void release() {
    if (cache != null) {
      cache.release();
    }
    cache = null;
    known = null;
    knownBlocks = 0;
    rows = 0;
  }

  /// Chooses the next token; what goes wrong with it is kept for [#deliver()]. May be called by a
  /// thread that computes.
  void choose(float[] logits) {
    try {
      chosen = continuation.choose(logits, tokens, cache().capacity() - tokens.size());
      lastTokenNanos = nanosSoFar();
      if (continuation.size() == 1) {
        firstTokenNanos = lastTokenNanos;
      }
    } catch (RuntimeException refusal) {
      failure = refusal;
    }
  }

  /// Hands out the token that was chosen.
  ///
  /// @return whether the text goes on
  boolean deliver() {
    if (failure != null) {
      fail(failure);
      return false;
    }
    Token token = Objects.requireNonNull(chosen);
    observer.chosen(token);
    if (continuation.stopReason() == null) {
      tokens.add(token.id());
      return true;
    }
    end();
    return false;
  }

  /// Ends the text as cancelled.
  void endCancelled() {
    continuation.end(StopReason.CANCELLED);
    end();
  }

  /// Ends the text for the reason that it has.
  void end() {
    release();
    totalNanos = nanosSoFar();
    observer.ended(continuation.result(usage()));
  }

  void fail(Throwable reason) {
    release();
    totalNanos = nanosSoFar();
    observer.failed(reason);
  }

  private Usage usage() {
    boolean started = continuation.size() > 0;
    return new Usage(
        promptLength,
        cachedTokens,
        continuation.size(),
        started ? firstTokenNanos - queuedNanos : 0,
        started ? lastTokenNanos - firstTokenNanos : 0,
        0,
        0);
  }
}
