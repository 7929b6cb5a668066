package dev.tern.generate;

import dev.tern.TokenLogProbabilities;
import dev.tern.TokenLogProbabilities.Alternative;
import java.util.ArrayList;
import java.util.List;

/// Says how likely the model found the tokens that are chosen: keeps its logits while a sampler
/// changes them.
///
/// Reused for every token of a generation; not safe for use by several threads.
final class TokenScores {
  private final int count;
  private final Candidates candidates = new Candidates();
  private float[] kept = new float[0];

  /// Prepares.
  ///
  /// @param count how many of the likeliest tokens to name
  TokenScores(int count) {
    this.count = count;
  }

  /// Keeps logits.
  ///
  /// @param logits all of them, as the model computed them
  void keep(float[] logits) {
    if (kept.length != logits.length) {
      kept = new float[logits.length];
    }
    System.arraycopy(logits, 0, kept, 0, logits.length);
  }

  /// {@return what the logits that were kept say of a token, and of the likeliest}
  ///
  /// @param chosen its id
  TokenLogProbabilities of(int chosen) {
    LogSoftmax probabilities = new LogSoftmax(kept);
    List<Alternative> likeliest = new ArrayList<>(count);
    if (count > 0) {
      candidates.select(kept, count);
      for (int i = 0; i < candidates.count(); i++) {
        int id = candidates.id(i);
        likeliest.add(new Alternative(id, probabilities.of(id)));
      }
    }
    return new TokenLogProbabilities(probabilities.of(chosen), likeliest);
  }
}
