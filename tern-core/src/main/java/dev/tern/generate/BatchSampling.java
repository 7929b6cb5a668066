package dev.tern.generate;

import dev.tern.model.LogitsDemand;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;
import java.util.ArrayList;
import java.util.List;

/// Chooses the next tokens of the texts of a pass. The head reads its weights, or their index, once
/// for all of them; the compute threads share the choosing. Not safe for use by several threads.
final class BatchSampling {
  private final Transformer transformer;
  private final Workspace workspace;
  private final int choices;

  /// By the state's row.
  private final List<float[]> logits = new ArrayList<>();

  BatchSampling(Transformer transformer, Workspace workspace, int choices) {
    this.transformer = transformer;
    this.workspace = workspace;
    this.choices = choices;
  }

  /// Lets texts choose.
  ///
  /// @param texts in the order of the states that the last pass kept, one for each
  void choose(List<BatchText> texts) {
    if (texts.isEmpty()) {
      return;
    }
    List<LogitsDemand> demands = new ArrayList<>();
    for (int state = 0; state < texts.size(); state++) {
      if (state == logits.size()) {
        logits.add(new float[choices]);
      }
      BatchText text = texts.get(state);
      int[] moved = text.continuation().movedTokens(text.tokens());
      int largest = text.continuation().largestNeeded(moved);
      demands.add(new LogitsDemand(largest, moved, logits.get(state)));
    }
    transformer.logits(workspace, demands);
    transformer
        .backend()
        .threads()
        .run(
            texts.size(),
            1,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                texts.get(i).choose(logits.get(i));
              }
            });
  }
}
