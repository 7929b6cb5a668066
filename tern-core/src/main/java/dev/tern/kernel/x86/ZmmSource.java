package dev.tern.kernel.x86;

/// A vector register of 512 bits or memory.
sealed interface ZmmSource extends Operand permits Zmm, Mem {}
