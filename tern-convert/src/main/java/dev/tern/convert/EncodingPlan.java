package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides, tensor by tensor, in which encoding a model is written.
///
/// @param tensors in the order in which they are written
public record EncodingPlan(List<PlannedTensor> tensors) {
  /// What can hold ternary weights instead of an encoding that cannot hold the shape, the nearest
  /// first: without a loss, then with a scale of half precision.
  private static final List<TensorType> TERNARY_FALLBACKS =
      List.of(TensorType.I2_S, TensorType.IQ2_BN, TensorType.IQ1_BN, TensorType.F32);

  private static final List<TensorType> FALLBACKS = List.of(TensorType.Q8_0, TensorType.F16);

  /// Copies the list.
  public EncodingPlan {
    tensors = List.copyOf(tensors);
  }

  /// Plans the encoding of a model.
  ///
  /// @param model an open model
  /// @param choice which encodings are wanted
  /// @return the plan
  /// @throws UnsupportedModelException if the model cannot be written so
  public static EncodingPlan of(ModelSource model, EncodingChoice choice) {
    boolean fixedInputs =
        model.metadata().findBool(ModelKeys.BIT_LINEAR).orElse(false)
            || model.metadata().findString("general.architecture").orElse("").startsWith("bitnet");
    List<PlannedTensor> planned = new ArrayList<>();
    for (SourceTensor tensor : model.tensors().values()) {
      TensorType own = known(model, tensor);
      TensorType wanted = wanted(tensor, own, choice);
      if (!fixedInputs && tensor.name().startsWith("blk.") && !isVector(tensor)) {
        requireSameInputs(model, tensor, own, wanted);
      }
      planned.add(fit(tensor, wanted, fixedInputs));
    }
    return new EncodingPlan(planned);
  }

  /// Plans to round a model after training: whatever an encoding costs, it is done. Floats become
  /// ternary by [Rounding#ABSMEAN] and binary by [Rounding#SIGN]; the inputs of linear layers are
  /// treated as the new encoding has it.
  ///
  /// @param model an open model
  /// @param choice the encoding of linear layers, which must be given; an embedding or head of
  ///   floats becomes, if nothing else is wanted, F16, BF16 or Q8_0 like linear layers of these,
  ///   and Q6_K, or Q8_0 or F16 where that does not fit, beside all others
  /// @return the plan
  /// @throws UnsupportedModelException if the model is in an encoding that Tern does not read
  /// @throws IllegalArgumentException if the encoding of linear layers is missing, or that of the
  ///   embedding has 1 or 2 bits
  public static EncodingPlan quantizing(ModelSource model, EncodingChoice choice) {
    return new QuantizationPlanner(model, choice).plan();
  }

  /// {@return the bytes that all tensors take}
  public long byteSize() {
    return tensors.stream().mapToLong(PlannedTensor::byteSize).sum();
  }

  /// {@return whether every weight stays what it is}
  public boolean isLossless() {
    return tensors.stream().allMatch(tensor -> tensor.loss() == Loss.NONE);
  }

  static TensorType known(ModelSource model, SourceTensor tensor) {
    return switch (tensor.type()) {
      case TensorType.Resolution.Known(TensorType type) -> type;
      case TensorType.Resolution.Foreign foreign ->
          throw new UnsupportedModelException(
              "%s: the tensor %s is encoded as %s, which Tern does not read: %s"
                  .formatted(model, tensor.name(), foreign.name(), foreign.advice()));
    };
  }

  private static TensorType wanted(SourceTensor tensor, TensorType own, EncodingChoice choice) {
    if (isVector(tensor)) {
      return TensorType.F32;
    }
    Optional<TensorType> wanted = isLinear(tensor, own) ? choice.linear() : choice.embedding();
    return wanted.orElse(own);
  }

  /// Whether a matrix is a linear layer of a block, or a head that is ternary like these.
  static boolean isLinear(SourceTensor tensor, TensorType own) {
    return tensor.name().startsWith("blk.")
        || (tensor.name().equals("output.weight") && own.isLowBit());
  }

  static PlannedTensor planned(SourceTensor tensor, TensorType type) {
    return new PlannedTensor(tensor, type, Rounding.NONE, Optional.empty());
  }

  /// Norms, biases and scales are small and stay exact.
  static boolean isVector(SourceTensor tensor) {
    return tensor.shape().rank() == 1;
  }

  private static PlannedTensor fit(SourceTensor tensor, TensorType wanted, boolean fixedInputs) {
    if (holds(wanted, tensor)) {
      return planned(tensor, wanted);
    }
    TensorType nearest =
        (wanted.isLowBit() ? TERNARY_FALLBACKS : FALLBACKS)
            .stream()
                .filter(type -> holds(type, tensor))
                .filter(type -> fixedInputs || roundsInput(type) == roundsInput(wanted))
                .findFirst()
                .orElse(TensorType.F32);
    String note = doesNotHold(wanted, tensor, nearest);
    return new PlannedTensor(tensor, nearest, Rounding.NONE, Optional.of(note));
  }

  static String doesNotHold(TensorType wanted, SourceTensor tensor, TensorType nearest) {
    return "%s needs a multiple of %d columns, and this has %d: stored as %s"
        .formatted(wanted, wanted.blockElements(), tensor.shape().cols(), nearest);
  }

  /// I2_S could run on across rows, but no kernel of others reads that.
  static boolean holds(TensorType type, SourceTensor tensor) {
    return tensor.shape().cols() % type.blockElements() == 0;
  }

  /// Weights that are rounded together with their inputs must not land in an encoding whose inputs
  /// are not.
  private static void requireSameInputs(
      ModelSource model, SourceTensor tensor, TensorType own, TensorType wanted) {
    boolean rounded = roundsInput(own);
    if (rounded != roundsInput(wanted)) {
      throw new UnsupportedModelException(
          "%s: the inputs of %s %s rounded to int8 in %s, and %s in %s, so the model would compute something else; choose %s"
              .formatted(
                  model,
                  tensor.name(),
                  rounded ? "are" : "are not",
                  own,
                  rounded ? "would not be" : "would be",
                  wanted,
                  rounded
                      ? "I2_S, TQ1_0, TQ2_0, IQ1_BN or IQ2_BN"
                      : "Q1_0, Q2_0, or an encoding of floats or integers"));
    }
  }

  static boolean roundsInput(TensorType type) {
    return switch (type) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> true;
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K, Q1_0, Q2_0, Q2_0_G128 -> false;
    };
  }
}
