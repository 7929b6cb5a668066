package dev.tern.cli;

import dev.tern.ActivationPrecision;
import dev.tern.UnsupportedModelException;
import dev.tern.eval.Perplexity;
import dev.tern.load.ModelReport;
import dev.tern.load.WeightUse;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model before or after `tern quantize`.
///
/// @param path where it is
/// @param bytes the size of its files
/// @param linear how many linear layers of blocks are in each encoding
/// @param embedding how many of embedding and head are in each encoding
/// @param inputs how many linear layers of blocks have inputs of each kind, `float` or `int8`
/// @param perplexity how well it predicts the text, if one was given
record MeasuredModel(
    Path path,
    long bytes,
    Map<String, Integer> linear,
    Map<String, Integer> embedding,
    Map<String, Integer> inputs,
    Optional<Perplexity> perplexity) {
  /// {@return what is known of a model before it computes}
  ///
  /// @param activations how its layers round their inputs
  /// @throws UnsupportedModelException if Tern does not run it
  static MeasuredModel of(Path path, ModelSource model, ActivationPrecision activations) {
    ModelReport report = ModelReport.of(model);
    report
        .obstacle()
        .ifPresent(reason -> {
          throw new UnsupportedModelException(reason);
        });
    boolean bitLinear = report.config().orElseThrow().style().bitLinear();
    Map<String, Integer> linear = new LinkedHashMap<>();
    Map<String, Integer> embedding = new LinkedHashMap<>();
    Map<String, Integer> inputs = new LinkedHashMap<>();
    for (SourceTensor tensor : model.tensors().values()) {
      if (tensor.shape().rank() == 1) {
        continue;
      }
      boolean ofBlock = isOfBlock(tensor.name());
      (ofBlock ? linear : embedding).merge(tensor.typeName(), 1, Integer::sum);
      if (ofBlock && tensor.type() instanceof TensorType.Resolution.Known(TensorType type)) {
        WeightUse use = WeightUse.ofBlock(type, bitLinear, activations);
        inputs.merge(use == WeightUse.FLOAT_INPUT ? "float" : "int8", 1, Integer::sum);
      }
    }
    return new MeasuredModel(path, model.byteSize(), linear, embedding, inputs, Optional.empty());
  }

  MeasuredModel withPerplexity(Perplexity measured) {
    return new MeasuredModel(path, bytes, linear, embedding, inputs, Optional.of(measured));
  }

  /// {@return whether a tensor belongs to a block and not to the embedding or the head}
  static boolean isOfBlock(String tensor) {
    return tensor.startsWith("blk.");
  }

  /// {@return what there is, and how many where there is more than one kind}
  static String counted(Map<String, Integer> counts) {
    if (counts.size() == 1) {
      return counts.keySet().iterator().next();
    }
    List<String> parts = new ArrayList<>();
    counts.forEach((name, count) -> parts.add("%s (%d)".formatted(name, count)));
    return String.join(", ", parts);
  }
}
