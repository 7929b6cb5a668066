package dev.tern.kernel.x86;

/// What an instruction works on: a register or a place in memory.
sealed interface Operand permits Register, GprSource, XmmSource, YmmSource, ZmmSource {}
