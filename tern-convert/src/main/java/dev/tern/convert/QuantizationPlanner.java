package dev.tern.convert;

import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Decides, tensor by tensor, how a model is rounded after training.
final class QuantizationPlanner {
  /// What takes the place of an encoding that cannot hold a shape, the nearest first. The last
  /// holds every shape.
  private static final List<TensorType> FALLBACKS = List.of(TensorType.Q8_0, TensorType.F16);

  private static final List<TensorType> TERNARY_FALLBACKS =
      List.of(TensorType.I2_S, TensorType.IQ2_BN, TensorType.Q8_0, TensorType.F16);

  /// Q2_0 has the codes of Q1_0, and groups of half the size.
  private static final List<TensorType> BINARY_FALLBACKS =
      List.of(TensorType.Q2_0, TensorType.Q8_0, TensorType.F16);

  /// What embeddings of floats become beside linear layers of few bits.
  private static final List<TensorType> EMBEDDINGS =
      List.of(TensorType.Q6_K, TensorType.Q8_0, TensorType.F16);

  private final ModelSource model;
  private final TensorType linear;
  private final Optional<TensorType> embedding;

  QuantizationPlanner(ModelSource model, EncodingChoice choice) {
    this.model = model;
    this.linear =
        choice
            .linear()
            .orElseThrow(
                () -> new IllegalArgumentException("the encoding of linear layers is missing"));
    this.embedding = choice.embedding();
    embedding
        .filter(TensorType::isLowBit)
        .ifPresent(type -> {
          throw new IllegalArgumentException(
              "%s would round the embedding and the head to 1 or 2 bits, which ruins models that were not trained so, and those that were keep theirs as it is; choose Q4_0, Q4_K, Q6_K, Q8_0 or floats"
                  .formatted(type));
        });
  }

  EncodingPlan plan() {
    List<PlannedTensor> planned = new ArrayList<>();
    for (SourceTensor tensor : model.tensors().values()) {
      planned.add(plan(tensor, EncodingPlan.known(model, tensor)));
    }
    return new EncodingPlan(planned);
  }

  private PlannedTensor plan(SourceTensor tensor, TensorType own) {
    if (EncodingPlan.isVector(tensor)) {
      return EncodingPlan.planned(tensor, TensorType.F32);
    }
    if (EncodingPlan.isLinear(tensor, own)) {
      return fit(tensor, linear, fallbacks());
    }
    return embedding.isPresent()
        ? fit(tensor, embedding.get(), FALLBACKS)
        : EncodingPlan.planned(tensor, embeddingType(tensor, own));
  }

  private List<TensorType> fallbacks() {
    return switch (linear) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> TERNARY_FALLBACKS;
      case Q1_0 -> BINARY_FALLBACKS;
      case Q2_0, Q2_0_G128, F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K -> FALLBACKS;
    };
  }

  /// What is quantized already would only lose again.
  private TensorType embeddingType(SourceTensor tensor, TensorType own) {
    boolean floats = own == TensorType.F32 || own == TensorType.F16 || own == TensorType.BF16;
    if (!floats || linear == TensorType.F32) {
      return own;
    }
    if (linear == TensorType.F16 || linear == TensorType.BF16) {
      return linear;
    }
    return EMBEDDINGS.stream()
        .filter(type -> linear != TensorType.Q8_0 || type != TensorType.Q6_K)
        .filter(type -> EncodingPlan.holds(type, tensor))
        .findFirst()
        .orElseThrow();
  }

  private PlannedTensor fit(SourceTensor tensor, TensorType wanted, List<TensorType> fallbacks) {
    if (EncodingPlan.holds(wanted, tensor)) {
      return new PlannedTensor(tensor, wanted, rounding(wanted), Optional.empty());
    }
    TensorType nearest =
        fallbacks.stream()
            .filter(type -> EncodingPlan.holds(type, tensor))
            .findFirst()
            .orElseThrow();
    String note = EncodingPlan.doesNotHold(wanted, tensor, nearest);
    return new PlannedTensor(tensor, nearest, rounding(nearest), Optional.of(note));
  }

  private Rounding rounding(TensorType type) {
    if (!type.isLowBit()) {
      return Rounding.NONE;
    }
    return linear == TensorType.Q1_0 ? Rounding.SIGN : Rounding.ABSMEAN;
  }
}
