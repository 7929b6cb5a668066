package dev.tern.source;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import java.util.List;

/// The classes of models whose checkpoints Tern reads, with the values that transformers takes for
/// what a `config.json` leaves out.
///
/// Source: transformers, `models/{bitnet,llama,qwen3}/configuration_*.py`.
@SuppressWarnings("ImmutableEnumChecker") // The lists are made by List.of.
enum HuggingFaceFamily {
  /// BitNet b1.58; 1bitLLM spells the class with a small n and calls the type `llama`.
  BITNET(List.of("BitNetForCausalLM", "BitnetForCausalLM"), "bitnet", "relu2", 1e-5, 500_000, 2048),
  /// LLaMA, of which most ternary models are.
  LLAMA(List.of("LlamaForCausalLM"), "llama", "silu", 1e-6, 10_000, 2048),
  /// Qwen 3.
  QWEN3(List.of("Qwen3ForCausalLM"), "qwen3", "silu", 1e-6, 10_000, 32_768);

  private final List<String> classes;
  private final String modelType;
  private final String activation;
  private final double rmsNormEps;
  private final double ropeTheta;
  private final int contextLength;

  HuggingFaceFamily(
      List<String> classes,
      String modelType,
      String activation,
      double rmsNormEps,
      double ropeTheta,
      int contextLength) {
    this.classes = classes;
    this.modelType = modelType;
    this.activation = activation;
    this.rmsNormEps = rmsNormEps;
    this.ropeTheta = ropeTheta;
    this.contextLength = contextLength;
  }

  String activation() {
    return activation;
  }

  double rmsNormEps() {
    return rmsNormEps;
  }

  double ropeTheta() {
    return ropeTheta;
  }

  int contextLength() {
    return contextLength;
  }

  /// The class decides where it is named: the type of 1bitLLM's models is another's.
  static HuggingFaceFamily of(JsonView config) {
    List<String> named =
        config.find("architectures").map(JsonView::elements).orElse(List.of()).stream()
            .map(JsonView::string)
            .toList();
    String type = config.find("model_type").map(JsonView::string).orElse("");
    for (HuggingFaceFamily family : values()) {
      boolean meant =
          named.isEmpty()
              ? family.modelType.equals(type)
              : family.classes.contains(named.getFirst());
      if (meant) {
        return family;
      }
    }
    throw new UnsupportedModelException(
        "%s: the model is of the class %s; Tern reads checkpoints of BitNetForCausalLM, LlamaForCausalLM and Qwen3ForCausalLM"
            .formatted(
                config.source(),
                named.isEmpty() ? "that belongs to the type '" + type + "'" : named.getFirst()));
  }
}
