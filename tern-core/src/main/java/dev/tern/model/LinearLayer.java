package dev.tern.model;

import dev.tern.kernel.Backend;
import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.WeightMatrix;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Linear layers that share their input, side by side in one output: query, key and value; gate and
/// up; or one alone.
///
/// Layers without an input norm of their own are one matrix, so that their input is quantized once
/// and their weights are read in one pass. Immutable.
public final class LinearLayer {
  private final List<Branch> branches;
  private final float @Nullable [] bias;
  private final int outputs;

  /// Layers whose input is exactly the same.
  ///
  /// @param weights stacked row on row
  /// @param firstOutput the column of the output that their first row gives
  /// @param inputNorm a norm of these layers alone, before quantization
  /// @param int8Input whether dense weights meet an input that is rounded to int8 and back, as
  ///   ternary ones always do
  public record Branch(
      WeightMatrix weights, int firstOutput, @Nullable Norm inputNorm, boolean int8Input) {}

  /// Joins branches.
  ///
  /// @param branches in the order of their outputs
  /// @param bias added to the output, if the file has one for every layer
  public LinearLayer(List<Branch> branches, float @Nullable [] bias) {
    this.branches = List.copyOf(branches);
    this.bias = bias == null ? null : bias.clone();
    this.outputs = branches.stream().mapToInt(branch -> branch.weights.rows()).sum();
  }

  /// {@return the matrix that the layer multiplies floats by, if it does nothing else}
  public Optional<DenseMatrix> plainMatrix() {
    Branch only = branches.getFirst();
    boolean plain =
        branches.size() == 1 && bias == null && only.inputNorm == null && !only.int8Input;
    return plain && only.weights instanceof DenseMatrix matrix
        ? Optional.of(matrix)
        : Optional.empty();
  }

  /// {@return the ternary matrix that the layer multiplies its input by, if it does nothing else}
  public Optional<TernaryMatrix> plainTernary() {
    Branch only = branches.getFirst();
    boolean plain = branches.size() == 1 && bias == null && only.inputNorm == null;
    return plain && only.weights instanceof TernaryMatrix matrix
        ? Optional.of(matrix)
        : Optional.empty();
  }

  /// {@return the width of the output}
  public int outputs() {
    return outputs;
  }

  /// {@return the width of the input}
  public int inputs() {
    return branches.getFirst().weights.cols();
  }

  /// {@return the bytes a pass over all weights reads}
  public long byteSize() {
    return branches.stream().mapToLong(branch -> branch.weights.byteSize()).sum();
  }

  /// {@return whether the input is rounded to int8 by every branch}
  boolean roundsInput() {
    return branches.stream()
        .allMatch(branch -> branch.weights instanceof TernaryMatrix || branch.int8Input);
  }

  /// Computes `y = W x + bias`.
  ///
  /// @param x `[tokens, inputs]`
  /// @param tokens how many rows
  /// @param y `[tokens, outputs]`, not the memory of `x`
  void apply(Backend backend, FloatMatrix x, int tokens, Workspace workspace, FloatMatrix y) {
    for (int i = 0; i < branches.size(); i++) {
      Branch branch = branches.get(i);
      FloatMatrix input = x;
      if (branch.inputNorm != null) {
        input = workspace.normalized(x.cols());
        branch.inputNorm.apply(backend, x, tokens, input);
      }
      FloatMatrix output = workspace.columns(y, branch.firstOutput, branch.weights.rows());
      switch (branch.weights) {
        case TernaryMatrix ternary -> {
          Int8Activations codes = workspace.codes(x.cols());
          backend.quantize(input, tokens, codes);
          backend.linear(ternary, codes, tokens, output);
        }
        case DenseMatrix dense -> {
          if (branch.int8Input) {
            input = throughInt8(backend, input, tokens, workspace);
          }
          backend.linear(dense, input, tokens, output);
        }
      }
    }
    addBias(tokens, y);
  }

  /// What the int8 codes of the input stand for: what a BitLinear layer multiplies weights by that
  /// are not ternary.
  private static FloatMatrix throughInt8(
      Backend backend, FloatMatrix x, int tokens, Workspace workspace) {
    Int8Activations codes = workspace.codes(x.cols());
    FloatMatrix values = workspace.normalized(x.cols());
    backend.quantize(x, tokens, codes);
    backend.dequantize(codes, tokens, values);
    return values;
  }

  private void addBias(int tokens, FloatMatrix y) {
    if (bias == null) {
      return;
    }
    for (int t = 0; t < tokens; t++) {
      for (int col = 0; col < bias.length; col++) {
        y.set(t, col, y.get(t, col) + bias[col]);
      }
    }
  }
}
