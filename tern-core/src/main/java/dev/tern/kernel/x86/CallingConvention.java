package dev.tern.kernel.x86;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Where a system's functions get their arguments, and what they must leave as it was.
///
/// Source: System V Application Binary Interface, AMD64 supplement, section 3.2; Microsoft, x64
/// calling convention.
///
/// @param arguments the registers of the first four arguments
/// @param offsets where the three arguments after those are, once rbp has been pushed and points to
///   the top of the stack
/// @param alsoPreserved what must be preserved besides rbx, rbp and r12 to r15
/// @param preservedVectors vector registers whose lower halves must be preserved
record CallingConvention(
    List<Gpr> arguments,
    List<GprSource> offsets,
    List<Gpr> alsoPreserved,
    List<Xmm> preservedVectors) {
  /// Linux, macOS and the other Unixes.
  static final CallingConvention SYSTEM_V =
      new CallingConvention(
          List.of(Gpr.RDI, Gpr.RSI, Gpr.RDX, Gpr.RCX),
          List.of(Gpr.R8, Gpr.R9, Mem.at(Gpr.RBP, 16)),
          List.of(),
          List.of());

  /// Behind rbp and the return address, callers leave room for the arguments in registers.
  static final CallingConvention WINDOWS =
      new CallingConvention(
          List.of(Gpr.RCX, Gpr.RDX, Gpr.R8, Gpr.R9),
          List.of(Mem.at(Gpr.RBP, 48), Mem.at(Gpr.RBP, 56), Mem.at(Gpr.RBP, 64)),
          List.of(Gpr.RDI, Gpr.RSI),
          IntStream.rangeClosed(6, 15).mapToObj(Xmm::of).toList());

  /// {@return the convention of the system that this runs on}
  static CallingConvention ofThisSystem() {
    return isWindows() ? WINDOWS : SYSTEM_V;
  }

  static boolean isWindows() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows");
  }
}
