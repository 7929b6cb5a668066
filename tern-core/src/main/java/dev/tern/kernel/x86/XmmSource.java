package dev.tern.kernel.x86;

/// A vector register of 128 bits or memory.
sealed interface XmmSource extends Operand permits Xmm, Mem {}
