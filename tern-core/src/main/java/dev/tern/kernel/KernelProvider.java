package dev.tern.kernel;

import dev.tern.KernelChoice;
import dev.tern.kernel.vector.VectorKernels;
import dev.tern.kernel.x86.InstructionSet;
import dev.tern.kernel.x86.X86Kernels;

/// Picks the kernels for this machine, and says which and why.
public final class KernelProvider {
  private static final String MODULE = "jdk.incubator.vector";

  private KernelProvider() {}

  /// Kernels and the reason why they were picked.
  ///
  /// @param kernels what computes
  /// @param reason one sentence for people
  /// @param degraded whether faster kernels exist that this Java runtime was started without
  public record Selection(Kernels kernels, String reason, boolean degraded) {
    /// {@return a backend of these kernels}
    ///
    /// @param threads how many threads compute, at least 1
    public Backend start(int threads) {
      return start(threads, false);
    }

    /// {@return a backend of these kernels}
    ///
    /// @param threads how many threads compute, at least 1
    /// @param pinned whether each is kept on a processor of its own
    /// @throws IllegalArgumentException if it cannot be
    public Backend start(int threads, boolean pinned) {
      return new Backend(
          kernels, pinned ? ComputeThreads.pinned(threads) : new ComputeThreads(threads));
    }
  }

  /// {@return the kernels that a choice means on this machine}
  ///
  /// @param choice what is wanted
  /// @throws IllegalArgumentException if the choice cannot be met; the message says what to do
  public static Selection select(KernelChoice choice) {
    return switch (choice) {
      case SCALAR -> new Selection(new ScalarKernels(), "scalar kernels were asked for", false);
      case VECTOR -> {
        requireNone(obstacle(choice), "vector");
        yield new Selection(vector(), "vector kernels were asked for", false);
      }
      case X86 -> {
        requireNone(obstacle(choice), "x86");
        yield new Selection(x86(X86Kernels.best()), "x86 kernels were asked for", false);
      }
      case X86_AVX2, X86_AVX_VNNI, X86_AVX512_VNNI -> {
        InstructionSet set = instructionSet(choice);
        requireNone(obstacle(choice), "x86 (%s)".formatted(set.label()));
        yield new Selection(
            x86(set), "x86 kernels for %s were asked for".formatted(set.label()), false);
      }
      case AUTO -> auto();
    };
  }

  /// {@return why a choice cannot be met on this machine, half a sentence; empty if it can}
  ///
  /// @param choice what is wanted
  public static String obstacle(KernelChoice choice) {
    return switch (choice) {
      case AUTO, SCALAR -> "";
      case VECTOR -> obstacleToVector();
      case X86 -> X86Kernels.obstacle();
      case X86_AVX2, X86_AVX_VNNI, X86_AVX512_VNNI -> X86Kernels.obstacle(instructionSet(choice));
    };
  }

  private static InstructionSet instructionSet(KernelChoice choice) {
    return switch (choice) {
      case X86_AVX2 -> InstructionSet.AVX2;
      case X86_AVX_VNNI -> InstructionSet.AVX_VNNI;
      case X86_AVX512_VNNI -> InstructionSet.AVX512_VNNI;
      case AUTO, SCALAR, VECTOR, X86 ->
          throw new IllegalArgumentException(choice + " names no instruction set");
    };
  }

  private static void requireNone(String obstacle, String name) {
    if (!obstacle.isEmpty()) {
      throw new IllegalArgumentException("%s kernels cannot be used: %s".formatted(name, obstacle));
    }
  }

  private static Selection auto() {
    String obstacle = X86Kernels.obstacle();
    if (obstacle.isEmpty()) {
      return new Selection(x86(X86Kernels.best()), FASTEST, false);
    }
    Selection portable = portable();
    if (!X86Kernels.isArchitecture()) {
      return portable;
    }
    String reason =
        portable.degraded
            ? "machine code cannot be used: %s; %s".formatted(obstacle, portable.reason)
            : "the fastest kernels but for machine code, which cannot be used: " + obstacle;
    return new Selection(portable.kernels, reason, portable.degraded);
  }

  private static final String FASTEST = "the fastest kernels on this machine";

  /// The best kernels without machine code.
  static Selection portable() {
    String obstacle = obstacleToVector();
    return obstacle.isEmpty()
        ? new Selection(Adaptive.SHARED, FASTEST, false)
        : new Selection(new ScalarKernels(), obstacle, true);
  }

  /// One for all models, because the JVM compiles their code once: a second model finds it warm,
  /// and no model that is closed leaves a warm-up of its own behind.
  private static final class Adaptive {
    static final AdaptiveKernels SHARED = new AdaptiveKernels(new ScalarKernels(), vector());
  }

  private static Kernels x86(InstructionSet set) {
    return X86Kernels.create(set, portable().kernels());
  }

  /// Loads the classes that need the module only when it is there.
  private static Kernels vector() {
    return VectorKernels.create();
  }

  private static String obstacleToVector() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return "Java was started without the Vector API, so computing is slow; start it with --add-modules "
          + MODULE;
    }
    return VectorKernels.isSupported()
        ? ""
        : "this processor has no vector unit of 128 bits or more that Java can use";
  }
}
