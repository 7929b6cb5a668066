package dev.tern.kernel;

import dev.tern.kernel.vector.VectorKernels;

/// The operations on single tokens on the Vector API.
class VectorTokenOperationsTest extends TokenOperationsContract {
  @Override
  Kernels make() {
    return VectorKernels.create();
  }
}
