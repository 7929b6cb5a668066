package dev.tern.train.run;

import ai.djl.ndarray.NDManager;
import dev.tern.train.data.Batches;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.data.TokenCounts;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.LanguageModelLoss;

/// Measures a model with text that it does not learn.
final class Evaluation {
  private Evaluation() {}

  /// Measures, always fully quantized.
  ///
  /// Bits per byte are the mean loss of a prediction times the predictions per byte of the whole
  /// validation text: where not all batches are looked at, an estimate.
  ///
  /// @param mostBatches how many are looked at; 0 for all
  static EvaluationReport of(
      CausalLanguageModel model,
      NDManager manager,
      Batches batches,
      TokenCounts counts,
      int mostBatches,
      long step) {
    long last = batches.batchesPerEpoch();
    if (mostBatches > 0) {
      last = Math.min(last, mostBatches);
    }
    double sum = 0;
    long predictions = 0;
    for (long index = 0; index < last; index++) {
      TokenBatch batch = batches.batch(index);
      predictions += batch.predictions();
      try (NDManager scope = manager.newSubManager()) {
        model.parameters().forEach(parameter -> parameter.value().tempAttach(scope));
        sum += LanguageModelLoss.sum(model.logits(batch, 1), batch).getFloat();
      }
    }
    double loss = sum / Math.max(1, predictions);
    double predictionsPerByte = (double) counts.predictions() / Math.max(1, counts.learntBytes());
    return new EvaluationReport(step, loss, loss * predictionsPerByte / Math.log(2), predictions);
  }
}
