package dev.tern.load;

import dev.tern.ActivationPrecision;
import dev.tern.ModelFormatException;
import dev.tern.kernel.WeightMatrix;
import dev.tern.kernel.WeightPreparation;
import dev.tern.model.LinearLayer;
import dev.tern.model.Norm;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Builds linear layers from a file's tensors: decides how each meets its input, and puts those
/// together that share it.
final class LinearLayers {
  private final TensorSource tensors;
  private final WeightPreparation preparation;
  private final Arena arena;
  private final ActivationPrecision activations;
  private final boolean bitLinear;
  private final float inputNormEps;

  /// A projection that is part of a layer.
  ///
  /// @param stem its tensors' common name
  /// @param outputs its rows
  record Projection(String stem, int outputs) {}

  private record Part(
      Tensor weight,
      float outputScale,
      @Nullable Norm inputNorm,
      Optional<float[]> bias,
      boolean ternary,
      boolean int8Input) {
    /// Only layers whose input is treated alike can be one matrix.
    boolean joins(Part next) {
      return inputNorm == null
          && next.inputNorm == null
          && ternary == next.ternary
          && int8Input == next.int8Input;
    }
  }

  LinearLayers(
      TensorSource tensors,
      WeightPreparation preparation,
      Arena arena,
      ActivationPrecision activations,
      boolean bitLinear,
      float inputNormEps) {
    this.tensors = tensors;
    this.preparation = preparation;
    this.arena = arena;
    this.activations = activations;
    this.bitLinear = bitLinear;
    this.inputNormEps = inputNormEps;
  }

  /// {@return the projections of a block that share an input}
  LinearLayer ofBlock(int inputs, Projection... projections) {
    List<Part> parts = new ArrayList<>();
    for (Projection projection : projections) {
      parts.add(part(projection, inputs));
    }
    return join(parts);
  }

  /// {@return the head: unquantized input, unless its weights are ternary}
  LinearLayer head(Tensor weight, float outputScale) {
    boolean ternary = WeightUse.ofHead(weight.type(), activations) == WeightUse.TERNARY;
    return join(List.of(new Part(weight, outputScale, null, Optional.empty(), ternary, ternary)));
  }

  float outputScale(String stem) {
    return tensors.findVector(TensorNames.outputScale(stem), 1).map(scale -> scale[0]).orElse(1f);
  }

  private Part part(Projection projection, int inputs) {
    String stem = projection.stem;
    Tensor weight = tensors.require(TensorNames.weight(stem), Shape.of(projection.outputs, inputs));
    WeightUse use = WeightUse.ofBlock(weight.type(), bitLinear, activations);
    boolean int8Input = use != WeightUse.FLOAT_INPUT;
    return new Part(
        weight,
        outputScale(stem),
        inputNorm(stem, inputs),
        tensors.findVector(TensorNames.bias(stem), projection.outputs),
        use == WeightUse.TERNARY && preparation.isTernary(weight),
        int8Input);
  }

  private @Nullable Norm inputNorm(String stem, int inputs) {
    String name = TensorNames.inputNorm(stem);
    if (tensors.find(name, Shape.of(inputs)).isEmpty()) {
      return null;
    }
    return new Norm(tensors.requireVector(name, inputs, arena), inputNormEps);
  }

  private LinearLayer join(List<Part> parts) {
    List<LinearLayer.Branch> branches = new ArrayList<>();
    int firstOutput = 0;
    for (int from = 0; from < parts.size(); ) {
      int to = from + 1;
      while (to < parts.size() && parts.get(from).joins(parts.get(to))) {
        to++;
      }
      LinearLayer.Branch branch = branch(parts.subList(from, to), firstOutput);
      branches.add(branch);
      firstOutput += branch.weights().rows();
      from = to;
    }
    return new LinearLayer(branches, bias(parts));
  }

  private LinearLayer.Branch branch(List<Part> alike, int firstOutput) {
    List<WeightPreparation.Source> sources =
        alike.stream()
            .map(part -> new WeightPreparation.Source(part.weight, part.outputScale))
            .toList();
    Part first = alike.getFirst();
    try {
      WeightMatrix matrix =
          first.ternary ? preparation.ternary(sources) : preparation.dense(sources);
      return new LinearLayer.Branch(matrix, firstOutput, first.inputNorm, first.int8Input);
    } catch (ModelFormatException damaged) {
      throw new ModelFormatException(tensors.source() + ": " + damaged.getMessage(), damaged);
    }
  }

  private static float @Nullable [] bias(List<Part> parts) {
    if (parts.stream().allMatch(part -> part.bias.isEmpty())) {
      return null;
    }
    int outputs = parts.stream().mapToInt(part -> Math.toIntExact(part.weight.rows())).sum();
    float[] all = new float[outputs];
    int at = 0;
    for (Part part : parts) {
      int rows = Math.toIntExact(part.weight.rows());
      float[] own = part.bias.orElseGet(() -> new float[rows]);
      System.arraycopy(own, 0, all, at, rows);
      at += rows;
    }
    return all;
  }
}
