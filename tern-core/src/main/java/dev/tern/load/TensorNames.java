package dev.tern.load;

/// The names GGUF files give to a model's tensors (formats page, section 1.7).
final class TensorNames {
  static final String EMBEDDING = "token_embd.weight";
  static final String OUTPUT_NORM = "output_norm.weight";
  static final String OUTPUT = "output";
  static final String ROPE_FACTORS = "rope_freqs.weight";

  private TensorNames() {}

  /// {@return the stem of a tensor of a block, without `.weight` or `.scale`}
  static String ofBlock(int block, String name) {
    return "blk.%d.%s".formatted(block, name);
  }

  static String weight(String stem) {
    return stem + ".weight";
  }

  static String bias(String stem) {
    return stem + ".bias";
  }

  /// A companion scale that multiplies a layer's output, of old ternary files.
  static String outputScale(String stem) {
    return stem + ".scale";
  }

  /// A norm of one projection's own input, of models with a norm inside every BitLinear layer.
  static String inputNorm(String stem) {
    return stem + "_norm_in.weight";
  }
}
