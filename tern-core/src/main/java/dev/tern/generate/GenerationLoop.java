package dev.tern.generate;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Generates one text, a token at a time, as its consumer asks for them.
///
/// Nothing is computed ahead: the prompt with the first token, each further token when it is asked
/// for. [#cancel()] may be called from any thread; everything else from one.
public final class GenerationLoop {
  private final TokenSequence sequence;
  private final int[] prompt;
  private final GenerationOptions options;
  private final Sampler sampler;
  private final long seed;
  private final TextAssembler assembler;
  private final IntPredicate endsTurn;
  private final List<Integer> sampled = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private volatile boolean cancelled;
  private @Nullable StopReason stopReason;
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
  public GenerationLoop(
      TokenSequence sequence,
      int[] prompt,
      GenerationOptions options,
      long seed,
      TextAssembler assembler,
      IntPredicate endsTurn) {
    if (prompt.length == 0) {
      throw new IllegalArgumentException("the prompt is empty: there is nothing to go on from");
    }
    this.sequence = sequence;
    this.prompt = prompt.clone();
    this.options = options;
    this.seed = seed;
    this.sampler = new Sampler(options, seed);
    this.assembler = assembler;
    this.endsTurn = endsTurn;
  }

  /// Computes the prompt if that has not happened yet, and tells whether there will be another
  /// token.
  ///
  /// @return false once the generation has ended
  public boolean hasNext() {
    if (stopReason == null && sampled.isEmpty() && promptNanos == 0) {
      start();
    }
    if (stopReason == null && cancelled) {
      stopReason = StopReason.CANCELLED;
    }
    return stopReason == null;
  }

  private void start() {
    long begin = System.nanoTime();
    if (options.maxTokens().orElse(1) == 0) {
      stopReason = StopReason.MAX_TOKENS;
    }
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
      throw new NoSuchElementException("the generation has ended: " + stopReason);
    }
    if (!sampled.isEmpty()) {
      sequence.append(sampled.getLast(), options.draftTokens());
    }
    long begin = System.nanoTime();
    int id = sampler.sample(logits(), sequence.tokens());
    lastTokenAt = System.nanoTime();
    if (sampled.isEmpty()) {
      firstTokenAt = lastTokenAt;
      promptNanos += lastTokenAt - begin;
    }
    sampled.add(id);
    String shown = take(id);
    text.append(shown);
    return new Token(id, shown);
  }

  private float[] logits() {
    int largest = sampler.largestNeeded();
    if (largest == 0) {
      return sequence.logits();
    }
    int[] moved = sampler.movedTokens(sequence.tokens());
    return sequence.largestLogits(largest + moved.length, moved);
  }

  private String take(int id) {
    if (endsTurn.test(id) && !options.ignoreEos()) {
      stopReason = StopReason.END_OF_TURN;
      return assembler.finish();
    }
    String shown = assembler.append(id);
    stopReason = reasonToStop();
    return stopReason == null ? shown : shown + assembler.finish();
  }

  private @Nullable StopReason reasonToStop() {
    if (assembler.stopped()) {
      return StopReason.STOP_TEXT;
    }
    if (options.maxTokens().isPresent() && sampled.size() >= options.maxTokens().getAsInt()) {
      return StopReason.MAX_TOKENS;
    }
    return sequence.room() == 0 ? StopReason.CONTEXT_FULL : null;
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
            sampled.size(),
            promptNanos,
            sampled.size() < 2 ? 0 : lastTokenAt - firstTokenAt,
            sequence.drafted() - draftedBefore,
            sequence.accepted() - acceptedBefore);
    StopReason reason = stopReason == null ? StopReason.CANCELLED : stopReason;
    return new GenerationResult(text.toString(), sampled, reason, usage, seed);
  }
}
