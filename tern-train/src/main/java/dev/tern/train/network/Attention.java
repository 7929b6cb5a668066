package dev.tern.train.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.quantize.Factor;
import java.util.Optional;

/// Attention with grouped queries: each head of keys and values serves `heads / kvHeads` of
/// queries.
///
/// @param settings of the model
/// @param query `[hidden, hidden]`
/// @param key `[kvHeads * headDim, hidden]`
/// @param value `[kvHeads * headDim, hidden]`
/// @param output `[hidden, hidden]`
/// @param subNorm SubLN before the output projection; none in LLaMA's blocks
record Attention(
    ModelSettings settings,
    NDArray query,
    NDArray key,
    NDArray value,
    NDArray output,
    Optional<RmsNorm> subNorm) {
  /// Projections before they are joined by attention, `[sequences, length, heads, headDim]`; what
  /// distillation compares.
  record Heads(NDArray query, NDArray key, NDArray value) {}

  NDArray apply(
      LinearMethod method, NDArray input, Rope rope, NDArray mask, HeadObserver observer) {
    long sequences = mask.getShape().get(0);
    long length = mask.getShape().get(3);
    LinearMethod.Input prepared = method.prepare(input);
    Heads heads =
        new Heads(
            split(method.apply(prepared, query), sequences, length, settings.heads()),
            split(method.apply(prepared, key), sequences, length, settings.kvHeads()),
            split(method.apply(prepared, value), sequences, length, settings.kvHeads()));
    observer.observe(heads);
    NDArray joined = attend(heads, rope, mask, sequences, length);
    NDArray normed = subNorm.map(norm -> norm.apply(joined)).orElse(joined);
    return method.apply(method.prepare(normed), output);
  }

  private NDArray split(NDArray projected, long sequences, long length, int heads) {
    return projected.reshape(sequences, length, heads, settings.headDim());
  }

  private NDArray attend(Heads heads, Rope rope, NDArray mask, long sequences, long length) {
    int headDim = settings.headDim();
    int kvHeads = settings.kvHeads();
    int group = settings.heads() / kvHeads;
    NDArray queries =
        Factor.times(rope.apply(heads.query()), 1 / Math.sqrt(headDim))
            .reshape(sequences, length, kvHeads, group, headDim)
            .transpose(0, 2, 3, 1, 4)
            .reshape(sequences, kvHeads, group * length, headDim);
    NDArray keys = rope.apply(heads.key()).transpose(0, 2, 3, 1);
    NDArray values = heads.value().transpose(0, 2, 1, 3);
    NDArray scores =
        queries.matMul(keys).reshape(new Shape(sequences, kvHeads, group, length, length));
    NDArray shares =
        scores.add(mask).softmax(-1).reshape(sequences, kvHeads, group * length, length);
    return shares
        .matMul(values)
        .reshape(sequences, kvHeads, group, length, headDim)
        .transpose(0, 3, 1, 2, 4)
        .reshape(sequences * length, settings.hidden());
  }
}
