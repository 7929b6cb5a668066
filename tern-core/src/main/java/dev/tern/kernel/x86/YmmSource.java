package dev.tern.kernel.x86;

/// A vector register of 256 bits or memory.
sealed interface YmmSource extends Operand permits Ymm, Mem {}
