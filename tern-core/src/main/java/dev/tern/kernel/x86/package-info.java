/// Kernels for x86-64 processors in machine code, written at start by the assembler in this package
/// and called through the foreign function API.
///
/// **Why.** The instructions that ternary weights need (`vpmaddubsw`, `vpdpbusd`, `vpshufb` on
/// tables, software prefetch) cannot be reached from the Vector API, and a library on the class
/// path has no incubator module. There is no native library to build, ship or trust: the code is
/// these sources.
///
/// **How to read it.** [X86Kernels] is the entrance. Each kernel is a subclass of [Routine] whose
/// body is a listing, one Java call an instruction, with a plan of its registers and the bound of
/// every accumulator; the operation that it equals bit for bit is in
/// [dev.tern.kernel.ScalarKernels]. Below are the assembler ([Assembler] and the classes that it
/// extends), [ExecutableMemory] and [CpuFeatures].
///
/// **Safety.** Emitted code checks nothing. Whoever calls it has compared every range with the
/// memory that it is given, and passes that memory as segments, so that it stays valid during the
/// call. What decoding calls takes whole segments and places in them, which [Routine] adds: a
/// segment that is cut for each call would be garbage by the hundred kilobytes a token. Code is
/// written to memory that is not executable, which then becomes executable and no longer writable.
///
/// **Native access.** Calling native code is a restricted operation of Java. A program that does
/// not allow it (`--enable-native-access=ALL-UNNAMED` on the command line as the `tern` command has
/// it, or `Enable-Native-Access: ALL-UNNAMED` in the manifest of a jar that is started with `java
/// -jar`) gets one warning on its standard error from the Java runtime when the kernels are made;
/// nothing else changes. With `--illegal-native-access=deny` they cannot be made, and other kernels
/// compute.
@NullMarked
package dev.tern.kernel.x86;

import org.jspecify.annotations.NullMarked;
