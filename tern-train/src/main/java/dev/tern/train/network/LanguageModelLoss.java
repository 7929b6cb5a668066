package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.tern.train.data.TokenBatch;

/// Cross-entropy of the tokens that follow.
public final class LanguageModelLoss {
  private LanguageModelLoss() {}

  /// {@return the sum over all predictions of a batch, in nats; shape `[1]`}
  ///
  /// @param logits `[sequences * length, vocabulary]`
  /// @param batch whose targets count where they are not [TokenBatch#IGNORED]
  public static NDArray sum(NDArray logits, TokenBatch batch) {
    return sumOfLogProbabilities(logits.logSoftmax(-1), batch).neg();
  }

  static NDArray sumOfLogProbabilities(NDArray logProbabilities, TokenBatch batch) {
    int[] targets = batch.targets();
    long[] picked = new long[targets.length];
    float[] counts = new float[targets.length];
    for (int i = 0; i < targets.length; i++) {
      boolean counted = targets[i] != TokenBatch.IGNORED;
      picked[i] = counted ? targets[i] : 0;
      counts[i] = counted ? 1 : 0;
    }
    Shape column = new Shape(targets.length, 1);
    NDArray index =
        logProbabilities.getManager().create(picked, column).toType(DataType.INT64, false);
    NDArray counted = logProbabilities.getManager().create(counts, column);
    return logProbabilities.gather(index, 1).mul(counted).sum();
  }
}
