package dev.tern.kernel;

/// The weights of one linear layer, or of several that share their input, prepared for kernels: y =
/// W x.
///
/// Shape `[rows, cols]`: rows outputs, cols inputs. Immutable and safe for use by many threads as
/// long as its memory is valid.
public sealed interface WeightMatrix permits TernaryMatrix, DenseMatrix {
  /// {@return the number of outputs}
  int rows();

  /// {@return the number of inputs}
  int cols();

  /// {@return the bytes that one token reads of the weights}
  long byteSize();
}
