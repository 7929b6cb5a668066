package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import dev.tern.train.data.TokenBatch;
import java.util.List;

/// To predict the next token, and nothing else.
public record CrossEntropy() implements Objective {
  @Override
  public Losses of(CausalLanguageModel model, TokenBatch batch, double lambda) {
    NDArray loss = LanguageModelLoss.sum(model.logits(batch, lambda), batch);
    return new Losses(loss, loss);
  }

  @Override
  public List<Parameter> constants() {
    return List.of();
  }
}
