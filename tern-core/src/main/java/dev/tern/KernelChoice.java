package dev.tern;

/// Which kernels to compute with.
public enum KernelChoice {
  /// The fastest that this machine and this Java runtime allow.
  AUTO,
  /// The readable definition: slow, everywhere.
  SCALAR,
  /// The Vector API: every processor with SIMD, needs the module `jdk.incubator.vector`.
  VECTOR,
  /// Machine code written at start, for the best instruction set that an x86-64 processor has: AVX2
  /// at least.
  X86,
  /// Machine code that needs AVX2.
  X86_AVX2,
  /// Machine code that needs AVX-VNNI.
  X86_AVX_VNNI,
  /// Machine code that needs AVX-512 with VNNI.
  X86_AVX512_VNNI
}
