package dev.tern.kernel;

/// Which elements of a head RoPE rotates together (formats page, section 4.6).
public enum RopeStyle {
  /// Element i with element i + headDim / 2: BitNet, Qwen and all Hugging Face checkpoints
  /// ("NEOX").
  HALF,
  /// Element 2i with element 2i + 1: GGUF files of architecture `llama`, whose query and key rows
  /// are permuted for it.
  INTERLEAVED
}
