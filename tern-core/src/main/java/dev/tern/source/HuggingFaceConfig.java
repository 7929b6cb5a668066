package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A model's shape and ways, as its `config.json` gives them (formats page, section 3).
///
/// What would change the model's results and is not implemented is refused by name.
///
/// @param vocabularySize absent where the file leaves it to the embedding
/// @param tiedHead whether the head is the embedding; absent where the file does not say
record HuggingFaceConfig(
    String source,
    HuggingFaceFamily family,
    QuantizationConfig quantization,
    String activation,
    int hiddenSize,
    int intermediateSize,
    int layerCount,
    int headCount,
    int kvHeadCount,
    int headDim,
    OptionalInt vocabularySize,
    int contextLength,
    float rmsNormEps,
    float ropeTheta,
    RopeScaling ropeScaling,
    boolean attentionBias,
    boolean feedForwardBias,
    Optional<Boolean> tiedHead) {

  static final String FILE = "config.json";

  /// How RoPE's frequencies are stretched.
  sealed interface RopeScaling {
    /// They are not.
    record None() implements RopeScaling {}

    /// All by one factor.
    record Linear(float factor) implements RopeScaling {}

    /// Low ones by a factor, as Llama 3.1 does.
    record Llama3(
        double factor, double lowFrequencyFactor, double highFrequencyFactor, double context)
        implements RopeScaling {}
  }

  static HuggingFaceConfig read(Path folder) throws IOException {
    requirePresent(folder);
    return of(Json.read(folder.resolve(FILE)));
  }

  static void requirePresent(Path folder) throws IOException {
    if (!Files.isRegularFile(folder.resolve(FILE))) {
      throw new IOException(
          "%s: there is no config.json in this folder; give a GGUF file, or a Hugging Face folder with config.json and safetensors files"
              .formatted(folder));
    }
  }

  private static HuggingFaceConfig of(JsonView config) {
    HuggingFaceFamily family = HuggingFaceFamily.of(config);
    refuseWhatIsNotImplemented(config);
    int hiddenSize = positive(config.get("hidden_size"));
    int headCount = positive(config.get("num_attention_heads"));
    Optional<JsonView> rope = config.find("rope_parameters").or(() -> config.find("rope_scaling"));
    return new HuggingFaceConfig(
        config.source(),
        family,
        QuantizationConfig.read(config, family),
        activation(config, family),
        hiddenSize,
        positive(config.get("intermediate_size")),
        positive(config.get("num_hidden_layers")),
        headCount,
        config.find("num_key_value_heads").map(HuggingFaceConfig::positive).orElse(headCount),
        config
            .find("head_dim")
            .map(HuggingFaceConfig::positive)
            .orElseGet(() -> evenly(config, hiddenSize, headCount)),
        config
            .find("vocab_size")
            .map(size -> OptionalInt.of(positive(size)))
            .orElse(OptionalInt.empty()),
        config
            .find("max_position_embeddings")
            .map(HuggingFaceConfig::positive)
            .orElse(family.contextLength()),
        (float) real(config, "rms_norm_eps", family.rmsNormEps()),
        (float)
            (double)
                rope.flatMap(view -> view.find("rope_theta"))
                    .or(() -> config.find("rope_theta"))
                    .map(JsonView::real)
                    .orElse(family.ropeTheta()),
        ropeScaling(config, rope.orElse(null)),
        flag(config, "attention_bias"),
        flag(config, "mlp_bias"),
        config.find("tie_word_embeddings").map(JsonView::bool));
  }

  private static int positive(JsonView view) {
    int value = view.integer();
    if (value < 1) {
      throw view.wrong("a number above 0");
    }
    return value;
  }

  private static double real(JsonView config, String name, double absent) {
    return config.find(name).map(JsonView::real).orElse(absent);
  }

  private static boolean flag(JsonView config, String name) {
    return config.find(name).map(JsonView::bool).orElse(false);
  }

  private static int evenly(JsonView config, int hiddenSize, int headCount) {
    if (hiddenSize % headCount != 0) {
      throw new ModelFormatException(
          "%s: a hidden_size of %d cannot be shared by %d heads, and no head_dim is given"
              .formatted(config.source(), hiddenSize, headCount));
    }
    return hiddenSize / headCount;
  }

  private static String activation(JsonView config, HuggingFaceFamily family) {
    String name = config.find("hidden_act").map(JsonView::string).orElse(family.activation());
    boolean known =
        switch (family) {
          case BITNET -> name.equals("relu2") || name.equals("silu");
          case LLAMA, QWEN3 -> name.equals("silu");
        };
    if (!known && !name.equals("swish")) {
      throw refusal(config, "the activation '%s'".formatted(name));
    }
    return name.equals("swish") ? "silu" : name;
  }

  private static void refuseWhatIsNotImplemented(JsonView config) {
    if (flag(config, "use_sliding_window")) {
      throw refusal(config, "sliding-window attention");
    }
    for (JsonView layer : config.find("layer_types").map(JsonView::elements).orElse(List.of())) {
      if (!layer.string().equals("full_attention")) {
        throw refusal(config, "layers of the type '%s'".formatted(layer.string()));
      }
    }
    if (flag(config, "rope_interleaved")) {
      throw refusal(config, "RoPE on neighbouring elements (rope_interleaved)");
    }
    if (real(config, "partial_rotary_factor", 1) != 1) {
      throw refusal(config, "RoPE on a part of each head (partial_rotary_factor)");
    }
    for (String expected : new String[] {"weight_bits:1", "input_bits:8"}) {
      String name = expected.substring(0, expected.indexOf(':'));
      int bits = Integer.parseInt(expected.substring(name.length() + 1));
      if (config.find(name).map(JsonView::integer).orElse(bits) != bits) {
        throw refusal(config, "%s of %s".formatted(name, config.get(name).value()));
      }
    }
  }

  private static RopeScaling ropeScaling(JsonView config, @Nullable JsonView rope) {
    if (rope == null) {
      return new RopeScaling.None();
    }
    String type =
        rope.find("rope_type").or(() -> rope.find("type")).map(JsonView::string).orElse("default");
    if (real(rope, "partial_rotary_factor", 1) != 1) {
      throw refusal(config, "RoPE on a part of each head (partial_rotary_factor)");
    }
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear((float) rope.get("factor").real());
      case "llama3" ->
          new RopeScaling.Llama3(
              rope.get("factor").real(),
              rope.get("low_freq_factor").real(),
              rope.get("high_freq_factor").real(),
              rope.get("original_max_position_embeddings").real());
      default -> throw refusal(config, "RoPE scaling of type '%s'".formatted(type));
    };
  }

  private static UnsupportedModelException refusal(JsonView config, String feature) {
    return new UnsupportedModelException(
        "%s: the model uses %s, which Tern does not implement".formatted(config.source(), feature));
  }

  /// {@return the name of the architecture in GGUF files}
  String architecture() {
    return switch (family) {
      case BITNET -> activation.equals("relu2") ? "bitnet-b1.58" : "bitnet";
      case LLAMA -> "llama";
      case QWEN3 -> "qwen3";
    };
  }

  /// {@return the width of all query heads together}
  int queryWidth() {
    return Math.multiplyExact(headCount, headDim);
  }

  /// {@return the width of all key or value heads together}
  int kvWidth() {
    return Math.multiplyExact(kvHeadCount, headDim);
  }
}
