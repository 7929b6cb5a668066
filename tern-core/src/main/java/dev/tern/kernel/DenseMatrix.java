package dev.tern.kernel;

import dev.tern.quant.Codec;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Tensor;
import java.util.List;

/// Weights of any encoding, decoded to floats row by row while they are used, multiplied by float
/// activations.
///
/// As in [TernaryMatrix], parts stacked row on row make layers that share their input one matrix.
public final class DenseMatrix implements WeightMatrix {
  private final List<Part> parts;
  private final int rows;
  private final int cols;

  /// The rows of one tensor.
  ///
  /// @param tensor the weights as the file has them
  /// @param codec how to decode them
  /// @param firstRow the row of the matrix that this part begins with
  /// @param outputScale what the layer's output is multiplied by; 1 for almost all files
  public record Part(Tensor tensor, Codec codec, int firstRow, float outputScale) {
    /// {@return how many rows it has}
    public int rows() {
      return Math.toIntExact(tensor.rows());
    }

    /// {@return the output of one row}
    ///
    /// @param dot the dot product of weights and activations
    public float output(float dot) {
      return outputScale == 1f ? dot : dot * outputScale;
    }
  }

  DenseMatrix(List<Part> parts, int cols) {
    this.parts = List.copyOf(parts);
    this.rows = parts.stream().mapToInt(Part::rows).sum();
    this.cols = cols;
  }

  static Part part(Tensor tensor, int firstRow, float outputScale) {
    return new Part(tensor, Codecs.of(tensor.type()), firstRow, outputScale);
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int cols() {
    return cols;
  }

  @Override
  public long byteSize() {
    return parts.stream().mapToLong(part -> part.tensor().data().byteSize()).sum();
  }

  /// {@return the tensors this matrix is made of, in the order of their rows}
  public List<Part> parts() {
    return parts;
  }
}
