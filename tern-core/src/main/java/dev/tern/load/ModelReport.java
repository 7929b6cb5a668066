package dev.tern.load;

import dev.tern.ActivationPrecision;
import dev.tern.TernException;
import dev.tern.model.ModelConfig;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a model's files hold and what Tern would do with it, found out without loading it.
///
/// @param tensors every tensor and its use
/// @param config the model's shape, where Tern knows its architecture
/// @param obstacle why the model cannot be run, if it cannot
public record ModelReport(
    List<TensorReport> tensors, Optional<ModelConfig> config, Optional<String> obstacle) {
  /// Copies the tensors.
  public ModelReport {
    tensors = List.copyOf(tensors);
  }

  /// One tensor.
  ///
  /// @param tensor what it is
  /// @param use what it would be used for
  public record TensorReport(SourceTensor tensor, String use) {}

  /// {@return a report on a model}
  ///
  /// @param file an open model
  public static ModelReport of(ModelSource file) {
    Optional<ModelConfig> config = Optional.empty();
    Optional<String> obstacle = Optional.empty();
    try {
      config = Optional.of(new GgufConfig(file).read());
    } catch (TernException refusal) {
      obstacle = Optional.of(refusal.getMessage());
    }
    List<TensorReport> tensors = new ArrayList<>();
    boolean separateHead = file.tensors().containsKey(TensorNames.weight(TensorNames.OUTPUT));
    for (SourceTensor tensor : file.tensors().values()) {
      tensors.add(new TensorReport(tensor, use(tensor, config, separateHead)));
      if (obstacle.isEmpty() && tensor.type() instanceof TensorType.Resolution.Foreign foreign) {
        obstacle =
            Optional.of(
                "%s: the tensor %s is encoded as %s, which Tern does not read: %s"
                    .formatted(file, tensor.name(), foreign.name(), foreign.advice()));
      }
    }
    return new ModelReport(tensors, config, obstacle);
  }

  private static String use(
      SourceTensor tensor, Optional<ModelConfig> config, boolean separateHead) {
    if (!(tensor.type() instanceof TensorType.Resolution.Known(TensorType type))) {
      return "not read";
    }
    String name = tensor.name();
    if (name.equals(TensorNames.EMBEDDING)) {
      return separateHead ? "embedding, a row at a time" : "embedding, and head: " + head(type);
    }
    if (name.equals(TensorNames.weight(TensorNames.OUTPUT))) {
      return "head: " + head(type);
    }
    if (name.endsWith(".scale")) {
      return "scale of a layer's output";
    }
    if (name.endsWith(".bias")) {
      return "bias";
    }
    if (tensor.shape().rank() == 1) {
      return name.equals(TensorNames.ROPE_FACTORS) ? "RoPE factors" : "norm";
    }
    return config
        .filter(_ -> name.startsWith("blk."))
        .map(known ->
            WeightUse.ofBlock(type, known.style().bitLinear(), ActivationPrecision.MODEL)
                .description())
        .orElse("unknown");
  }

  private static String head(TensorType type) {
    return WeightUse.ofHead(type, ActivationPrecision.MODEL).description();
  }
}
