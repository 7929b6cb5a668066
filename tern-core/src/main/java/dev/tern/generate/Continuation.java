package dev.tern.generate;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.Token;
import dev.tern.Usage;
import dev.tern.grammar.TokenConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// What follows a prompt: chooses each token from the logits before it, turns it into text, and
/// knows when to stop. Who computes the logits, and with what else at once, is for others to say.
///
/// Not safe for use by several threads.
final class Continuation {
  private static final int[] NONE = {};

  private final GenerationOptions options;
  private final Optional<TokenConstraint> constraint;
  private final Sampler sampler;

  /// Absent where nobody asks how likely tokens are.
  private final @Nullable TokenScores scores;

  private final long seed;
  private final TextAssembler assembler;
  private final IntPredicate endsTurn;
  private final List<Integer> sampled = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private @Nullable StopReason stopReason;

  Continuation(
      GenerationOptions options,
      long seed,
      TextAssembler assembler,
      IntPredicate endsTurn,
      Optional<TokenConstraint> constraint) {
    this.options = options;
    this.seed = seed;
    this.constraint = constraint;
    this.sampler = new Sampler(options, seed, constraint);
    OptionalInt likeliest = options.logProbabilities();
    this.scores = likeliest.isPresent() ? new TokenScores(likeliest.getAsInt()) : null;
    this.assembler = assembler;
    this.endsTurn = endsTurn;
    if (options.maxTokens().orElse(1) == 0) {
      stopReason = StopReason.MAX_TOKENS;
    }
    if (isComplete()) {
      stopReason = StopReason.GRAMMAR_COMPLETE;
    }
  }

  private boolean isComplete() {
    return constraint.isPresent() && constraint.get().isComplete();
  }

  /// {@return why there is no further token; null while there is one}
  @Nullable StopReason stopReason() {
    return stopReason;
  }

  /// Ends the text where it is, if it has not ended.
  void end(StopReason reason) {
    if (stopReason == null) {
      stopReason = reason;
    }
  }

  /// {@return how many tokens have been chosen}
  int size() {
    return sampled.size();
  }

  /// {@return the last token that was chosen}
  int last() {
    return sampled.getLast();
  }

  /// {@return how many of the largest logits the next choice needs, 0 for all; those of
  /// [#movedTokens] are counted}
  int largestNeeded(int[] moved) {
    int largest = largestNeeded();
    return largest == 0 ? 0 : largest + moved.length;
  }

  /// {@return tokens whose logits the next choice moves and therefore needs; none where it needs
  /// all}
  int[] movedTokens(TokenHistory history) {
    return largestNeeded() == 0 ? NONE : sampler.movedTokens(history);
  }

  private int largestNeeded() {
    return scores == null ? sampler.largestNeeded() : 0;
  }

  /// Chooses the next token.
  ///
  /// @param logits as [Sampler#sample] takes them
  /// @param history the tokens so far, prompt included
  /// @param room how many tokens still fit behind them
  /// @return the token
  Token choose(float[] logits, TokenHistory history, int room) {
    if (scores != null) {
      scores.keep(logits);
    }
    int id = sampler.sample(logits, history);
    sampled.add(id);
    String shown = take(id, room);
    text.append(shown);
    return scores == null ? new Token(id, shown) : new Token(id, shown, Optional.of(scores.of(id)));
  }

  private String take(int id, int room) {
    if (endsTurn.test(id) && !options.ignoreEos()) {
      stopReason = StopReason.END_OF_TURN;
      return assembler.finish();
    }
    String shown = assembler.append(id);
    stopReason = reasonToStop(room);
    return stopReason == null ? shown : shown + assembler.finish();
  }

  private @Nullable StopReason reasonToStop(int room) {
    if (assembler.stopped()) {
      return StopReason.STOP_TEXT;
    }
    if (isComplete()) {
      return StopReason.GRAMMAR_COMPLETE;
    }
    if (options.maxTokens().isPresent() && sampled.size() >= options.maxTokens().getAsInt()) {
      return StopReason.MAX_TOKENS;
    }
    return room == 0 ? StopReason.CONTEXT_FULL : null;
  }

  /// {@return the text so far; one that has not ended counts as cancelled}
  GenerationResult result(Usage usage) {
    StopReason reason = stopReason == null ? StopReason.CANCELLED : stopReason;
    return new GenerationResult(text.toString(), sampled, reason, usage, seed);
  }
}
