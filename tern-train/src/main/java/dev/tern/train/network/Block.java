package dev.tern.train.network;

import ai.djl.ndarray.NDArray;

/// One layer: attention and a feed-forward network, each after a norm and added to what came in.
///
/// @param attentionNorm before attention
/// @param attention itself
/// @param feedForwardNorm before the feed-forward network
/// @param feedForward itself
record Block(
    RmsNorm attentionNorm, Attention attention, RmsNorm feedForwardNorm, FeedForward feedForward) {
  NDArray apply(
      LinearMethod method, NDArray input, Rope rope, NDArray mask, HeadObserver observer) {
    NDArray attended =
        input.add(attention.apply(method, attentionNorm.apply(input), rope, mask, observer));
    return attended.add(feedForward.apply(method, feedForwardNorm.apply(attended)));
  }
}
