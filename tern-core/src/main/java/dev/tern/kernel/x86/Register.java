package dev.tern.kernel.x86;

/// A register of any kind.
sealed interface Register extends Operand permits Gpr, Xmm, Ymm, Zmm {
  /// {@return its number among those of its kind, as encoded in instructions}
  int number();
}
