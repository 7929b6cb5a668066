package dev.tern;

/// Which kernels to compute with.
public enum KernelChoice {
  /// The fastest that this machine and this Java runtime allow.
  AUTO,
  /// The readable definition: slow, everywhere.
  SCALAR,
  /// The Vector API: every processor with SIMD, needs the module `jdk.incubator.vector`.
  VECTOR,
  /// Machine code written at start: x86-64 processors with AVX2 and their successors. The system
  /// property `tern.instructionSet` (`avx2`, `avx-vnni`, `avx512-vnni`) asks for one by name.
  X86
}
