package dev.tern.train.export;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Parameter;
import dev.tern.train.quantize.Quantized;
import dev.tern.train.quantize.WeightQuantizer;
import java.nio.FloatBuffer;
import java.util.Optional;

/// The numbers of a trained network, as they are exported.
final class TrainedValues {
  private TrainedValues() {}

  /// Rounds the embeddings of a network to 16 bits, which is how every export stores them.
  static void roundEmbeddings(CausalLanguageModel model) {
    for (Parameter parameter : model.parameters()) {
      if (parameter.role() == Parameter.Role.EMBEDDING) {
        float[] values = parameter.value().toFloatArray();
        for (int i = 0; i < values.length; i++) {
          values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
        }
        parameter.value().set(FloatBuffer.wrap(values));
      }
    }
  }

  /// {@return what a network computes with: codes times their scale in linear layers that are
  /// quantized, the values themselves elsewhere}
  static float[] served(CausalLanguageModel model, Parameter parameter) {
    Optional<Codes> codes = codes(model, parameter);
    if (codes.isEmpty()) {
      return parameter.value().toFloatArray();
    }
    float[] values = codes.get().codes();
    for (int i = 0; i < values.length; i++) {
      values[i] *= codes.get().scale();
    }
    return values;
  }

  /// {@return the codes and the scale of a linear layer that is quantized}
  static Optional<Codes> codes(CausalLanguageModel model, Parameter parameter) {
    Optional<WeightQuantizer> quantizer = WeightQuantizer.of(model.settings().weights());
    if (quantizer.isEmpty() || parameter.role() != Parameter.Role.LINEAR) {
      return Optional.empty();
    }
    NDArray value = parameter.value();
    try (NDManager scope = value.getManager().newSubManager()) {
      value.tempAttach(scope);
      Quantized quantized = quantizer.get().quantize(value, 1);
      return Optional.of(
          new Codes(quantized.codes().toFloatArray(), quantized.scale().getFloat(0)));
    }
  }

  /// Codes of a matrix and what multiplies them.
  @SuppressWarnings("ArrayRecordComponent") // Read once, where it is made.
  record Codes(float[] codes, float scale) {}
}
