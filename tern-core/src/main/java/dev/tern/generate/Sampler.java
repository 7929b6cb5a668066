package dev.tern.generate;

import dev.tern.GenerationOptions;
import dev.tern.ModelFormatException;
import dev.tern.grammar.TokenConstraint;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/// Chooses the next token from logits: grammar, logit bias, penalties, top-k, top-p, min-p,
/// temperature, in llama.cpp's order.
///
/// The same options, seed, logits and history choose the same tokens everywhere: `java.util.Random`
/// is specified to the bit, and exponentials are StrictMath's. Not safe for use by several threads.
public final class Sampler {
  private static final int FEW = 64;

  private final GenerationOptions options;
  private final Random random;
  private final Candidates candidates = new Candidates();
  private final Optional<TokenConstraint> constraint;
  private final int[] biasedTokens;
  private final float[] biases;

  /// Starts a sequence of choices.
  ///
  /// @param options how to choose
  /// @param seed of the random choices
  /// @param constraint what the text may be; empty for anything
  public Sampler(GenerationOptions options, long seed, Optional<TokenConstraint> constraint) {
    this.options = options;
    this.constraint = constraint;
    this.random = new Random(seed);
    this.biasedTokens = options.logitBias().keySet().stream().mapToInt(Integer::intValue).toArray();
    this.biases = new float[biasedTokens.length];
    for (int i = 0; i < biases.length; i++) {
      biases[i] = Objects.requireNonNull(options.logitBias().get(biasedTokens[i]));
    }
  }

  /// {@return how many of the largest logits a choice needs, 0 for all; besides those of
  /// [#movedTokens] and as many more, because among the others the order stays}
  int largestNeeded() {
    if (constraint.isPresent()) {
      // Where few tokens are allowed, all of those are asked for by name.
      return constraint.get().allowed().count() <= FEW ? 1 : 0;
    }
    return options.temperature() == 0 ? 1 : options.topK();
  }

  /// {@return tokens whose logits the next choice needs because bias or penalties move them, or
  /// because a grammar allows nothing else}
  ///
  /// @param history the tokens so far, prompt included
  int[] movedTokens(TokenHistory history) {
    if (constraint.isPresent()) {
      return constraint.get().allowed().tokens();
    }
    int window = penaltyWindow(history);
    if (window == 0) {
      return biasedTokens;
    }
    return IntStream.concat(
            IntStream.of(biasedTokens),
            IntStream.range(history.size() - window, history.size()).map(history::get))
        .distinct()
        .toArray();
  }

  /// Chooses a token.
  ///
  /// @param logits one for each token of the vocabulary; changed by bias and penalties
  /// @param history the tokens so far, prompt included
  /// @return the token's id
  /// @throws ModelFormatException if a logit is none that a sound model computes
  /// @throws IllegalArgumentException if logit biases ban all tokens, or the vocabulary has none
  ///   that goes on as the grammar demands
  public int sample(float[] logits, TokenHistory history) {
    refuseDamaged(logits);
    if (constraint.isEmpty()) {
      return choose(logits, history);
    }
    constraint.get().allowed().restrict(logits);
    int chosen = choose(logits, history);
    constraint.get().accept(chosen);
    return chosen;
  }

  private int choose(float[] logits, TokenHistory history) {
    for (int i = 0; i < biasedTokens.length; i++) {
      if (biasedTokens[i] < logits.length) {
        logits[biasedTokens[i]] += biases[i];
      }
    }
    penalize(logits, history);
    int likeliest = likeliest(logits);
    if (options.temperature() == 0) {
      return likeliest;
    }
    candidates.select(logits, options.topK());
    if (options.topP() < 1) {
      candidates.keepTopP(options.topP());
    }
    if (options.minP() > 0) {
      candidates.keepMinP(options.minP());
    }
    return candidates.pick(options.temperature(), random.nextDouble());
  }

  /// How many recent tokens are penalized.
  private int penaltyWindow(TokenHistory history) {
    boolean neutral =
        options.repeatPenalty() == 1
            && options.presencePenalty() == 0
            && options.frequencyPenalty() == 0;
    if (neutral) {
      return 0;
    }
    return options.repeatLastN() < 0
        ? history.size()
        : Math.min(options.repeatLastN(), history.size());
  }

  private void penalize(float[] logits, TokenHistory history) {
    int window = penaltyWindow(history);
    if (window == 0) {
      return;
    }
    Map<Integer, Integer> occurrences = new HashMap<>();
    for (int i = history.size() - window; i < history.size(); i++) {
      occurrences.merge(history.get(i), 1, Integer::sum);
    }
    occurrences.forEach((token, times) -> {
      // In doubles, so that extreme penalties cannot make a NaN.
      double logit = logits[token];
      logit = logit <= 0 ? logit * options.repeatPenalty() : logit / options.repeatPenalty();
      logit -= (double) times * options.frequencyPenalty() + options.presencePenalty();
      logits[token] = (float) logit;
    });
  }

  /// Negative infinity is sound: a model may rule a token out.
  private static void refuseDamaged(float[] logits) {
    for (int id = 0; id < logits.length; id++) {
      if (!(logits[id] < Float.POSITIVE_INFINITY)) {
        throw new ModelFormatException(
            "the model computed %s for token %d: its weights are damaged, or they are not what their encoding says"
                .formatted(logits[id], id));
      }
    }
  }

  private static int likeliest(float[] logits) {
    int best = -1;
    float most = Float.NEGATIVE_INFINITY;
    for (int id = 0; id < logits.length; id++) {
      if (logits[id] > most) {
        most = logits[id];
        best = id;
      }
    }
    if (best < 0) {
      throw new IllegalArgumentException(
          "no token is left to choose: the logit biases ban all of them, or all that the grammar allows");
    }
    return best;
  }
}
