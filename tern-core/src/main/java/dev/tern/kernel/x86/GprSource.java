package dev.tern.kernel.x86;

/// A general-purpose register or memory.
sealed interface GprSource extends Operand permits Gpr, Mem {}
