package dev.tern.train.config;

/// How the layers of a model are built.
public enum BlockStyle {
  /// BitNet b1.58 2B4T: norms before attention and feed-forward network, SubLN before the output
  /// and down projections, a gate of squared ReLU (arXiv 2504.12285, section 2).
  BITNET,
  /// LLaMA: norms before attention and feed-forward network, a gate of SiLU.
  LLAMA
}
