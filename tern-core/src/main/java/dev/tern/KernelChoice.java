package dev.tern;

/// Which kernels to compute with.
public enum KernelChoice {
  /// The fastest that this machine and this Java runtime allow.
  AUTO,
  /// The readable definition: slow, everywhere.
  SCALAR,
  /// The Vector API: every processor with SIMD, needs the module `jdk.incubator.vector`.
  VECTOR
}
