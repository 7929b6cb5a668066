package dev.tern.source;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import java.util.List;
import java.util.Optional;

/// How the linear layers of a checkpoint were quantized: the `quantization_config` of a
/// `config.json`.
///
/// Source: transformers, `BitNetQuantConfig` in utils/quantization_config.py.
///
/// @param ternary whether linear layers are BitLinear at all
/// @param online whether weights are masters, to be rounded when they are loaded
/// @param multiplies whether `weight_scale` multiplies the codes (`autobitlinear`); else it divides
/// @param inputNorms whether every BitLinear layer normalizes its input first
/// @param inputNormEps what those norms add to the mean square
/// @param excluded the modules that are ordinary linear layers
record QuantizationConfig(
    boolean ternary,
    boolean online,
    boolean multiplies,
    boolean inputNorms,
    float inputNormEps,
    List<String> excluded) {
  private static final String METHOD = "bitnet";
  private static final double DEFAULT_EPS = 1e-6;
  private static final List<String> HEAD = List.of("lm_head");

  /// What transformers does to a checkpoint that says nothing.
  private static final QuantizationConfig NONE =
      new QuantizationConfig(false, false, false, false, 0, List.of());

  /// What the class means that was published with master weights and without such a configuration.
  private static final QuantizationConfig MASTERS =
      new QuantizationConfig(true, true, true, false, 0, HEAD);

  static QuantizationConfig read(JsonView config, HuggingFaceFamily family) {
    Optional<JsonView> found = config.find("quantization_config");
    if (found.isEmpty()) {
      return family == HuggingFaceFamily.BITNET ? MASTERS : NONE;
    }
    JsonView quantization = found.get();
    choice(quantization, "quant_method", METHOD, METHOD);
    String linear = choice(quantization, "linear_class", "bitlinear", "bitlinear", "autobitlinear");
    String mode = choice(quantization, "quantization_mode", "offline", "offline", "online");
    return new QuantizationConfig(
        true,
        mode.equals("online"),
        linear.equals("autobitlinear"),
        quantization.find("use_rms_norm").map(JsonView::bool).orElse(false),
        (float) (double) quantization.find("rms_norm_eps").map(JsonView::real).orElse(DEFAULT_EPS),
        quantization
            .find("modules_to_not_convert")
            .map(list -> list.elements().stream().map(JsonView::string).toList())
            .orElse(HEAD));
  }

  private static String choice(JsonView view, String name, String absent, String... known) {
    String value = view.find(name).map(JsonView::string).orElse(absent);
    if (!List.of(known).contains(value)) {
      throw new UnsupportedModelException(
          "%s: %s.%s is '%s'; Tern knows %s"
              .formatted(view.source(), view.path(), name, value, String.join(" and ", known)));
    }
    return value;
  }

  /// {@return whether all linear layers but the head are BitLinear}
  boolean coversAllBlocks() {
    return ternary && excluded.stream().allMatch("lm_head"::equals);
  }

  /// {@return whether a module's linear layer is BitLinear}
  ///
  /// @param module its full name, for example `model.layers.0.mlp.up_proj`
  boolean covers(String module) {
    return ternary
        && excluded.stream()
            .noneMatch(name ->
                module.equals(name) || module.startsWith(name + ".") || module.endsWith(name));
  }
}
