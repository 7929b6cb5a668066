package dev.tern;

/// How I2_S packs four ternary weights into a byte. Nothing in a file tells the two apart.
public enum I2sLayout {
  /// Weights 32 columns apart share a byte: Microsoft's files and everything written on x86.
  X86_128,
  /// Weights 16 columns apart share a byte: files that bitnet.cpp's `llama-quantize` wrote on ARM
  /// since November 2025.
  ARM_64
}
