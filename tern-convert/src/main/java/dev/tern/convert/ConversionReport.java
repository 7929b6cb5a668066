package dev.tern.convert;

import dev.tern.tensor.TensorType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a conversion did.
///
/// @param encodings by encoding, in what order does not matter, what was written in it
/// @param storedOtherwise a sentence for each tensor that is not in the encoding that was asked for
/// @param notices what else a person should know
/// @param sourceBytes the size of the files that were read
/// @param targetBytes the size of the files that were written
/// @param nanos the time that it took
public record ConversionReport(
    Map<String, Total> encodings,
    List<String> storedOtherwise,
    List<String> notices,
    long sourceBytes,
    long targetBytes,
    long nanos) {
  /// Copies what could change.
  public ConversionReport {
    encodings = Map.copyOf(encodings);
    storedOtherwise = List.copyOf(storedOtherwise);
    notices = List.copyOf(notices);
  }

  /// All tensors of one encoding.
  ///
  /// @param tensors how many
  /// @param weights how many elements they have
  /// @param bytes what they take
  public record Total(int tensors, long weights, long bytes) {
    Total plus(Total other) {
      return new Total(tensors + other.tensors, weights + other.weights, bytes + other.bytes);
    }
  }

  static ConversionReport of(
      EncodingPlan plan, long sourceBytes, long targetBytes, List<String> notices, long nanos) {
    Map<String, Total> encodings = new TreeMap<>();
    List<String> otherwise = new ArrayList<>();
    for (PlannedTensor tensor : plan.tensors()) {
      Total one = new Total(1, tensor.source().shape().elements(), tensor.byteSize());
      encodings.merge(tensor.type().name(), one, Total::plus);
      tensor.note().ifPresent(note -> otherwise.add(tensor.source().name() + ": " + note));
    }
    return new ConversionReport(encodings, otherwise, notices, sourceBytes, targetBytes, nanos);
  }

  /// The encoding of most weights of the blocks.
  static TensorType mostUsed(EncodingPlan plan) {
    Map<TensorType, Long> weights = new EnumMap<>(TensorType.class);
    for (PlannedTensor tensor : plan.tensors()) {
      if (tensor.source().name().startsWith("blk.")) {
        weights.merge(tensor.type(), tensor.source().shape().elements(), Long::sum);
      }
    }
    return weights.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(TensorType.F32);
  }
}
