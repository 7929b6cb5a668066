package dev.tern.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Memory for much data: zeroed, but by pages that the system hands out when they are first
/// written, so that many threads take them at once. An arena's own memory is zeroed by one thread,
/// which takes longer than making weights.
///
/// Where a program may not call native code, the memory is the arena's own.
public final class NativeMemory {
  private static final long ALIGNMENT = 64;
  private static final long HUGE_PAGE = 1L << 21;

  /// Linux's `MADV_HUGEPAGE`.
  private static final int ADVISE_HUGE_PAGES = 14;

  private NativeMemory() {}

  /// What native memory is had with; linked when it is first wanted.
  ///
  /// @param allocate `calloc`
  /// @param free `free`
  /// @param advise `madvise`, on Linux
  private record Functions(
      MethodHandle allocate, MethodHandle free, Optional<MethodHandle> advise) {
    private static final Optional<Functions> FOUND = find();

    private static Optional<Functions> find() {
      try {
        return Optional.of(
            new Functions(
                link(
                    "calloc",
                    FunctionDescriptor.of(
                        ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG)),
                link("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)),
                System.getProperty("os.name", "").equals("Linux")
                    ? Optional.of(
                        link(
                            "madvise",
                            FunctionDescriptor.of(
                                ValueLayout.JAVA_INT,
                                ValueLayout.ADDRESS,
                                ValueLayout.JAVA_LONG,
                                ValueLayout.JAVA_INT)))
                    : Optional.empty()));
      } catch (IllegalCallerException denied) {
        return Optional.empty();
      }
    }

    private static MethodHandle link(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    MemorySegment callocate(long bytes) {
      try {
        return (MemorySegment) allocate.invokeExact(1L, bytes);
      } catch (Throwable failure) {
        throw new IllegalStateException("calloc failed", failure);
      }
    }

    /// Advice may be refused; the memory is as good without.
    void adviseHugePages(MemorySegment memory) {
      if (advise.isEmpty()) {
        return;
      }
      try {
        int _ = (int) advise.get().invokeExact(memory, memory.byteSize(), ADVISE_HUGE_PAGES);
      } catch (Throwable failure) {
        throw new IllegalStateException("madvise failed", failure);
      }
    }

    void release(MemorySegment memory) {
      try {
        free.invokeExact(memory);
      } catch (Throwable failure) {
        throw new IllegalStateException("free failed", failure);
      }
    }
  }

  /// {@return zeroed memory that is freed with an arena, at a multiple of 64 at least}
  ///
  /// @param arena owns the memory
  /// @param bytes at least 0
  /// @param hugePages whether to ask for huge pages, which are handed out and found faster; only
  ///   Linux is asked, and it may have none
  /// @throws OutOfMemoryError if there is not as much
  public static MemorySegment allocate(Arena arena, long bytes, boolean hugePages) {
    if (bytes < HUGE_PAGE || Functions.FOUND.isEmpty()) {
      return arena.allocate(bytes, ALIGNMENT);
    }
    Functions functions = Functions.FOUND.get();
    long whole = Math.ceilDiv(bytes, HUGE_PAGE) * HUGE_PAGE;
    MemorySegment block = functions.callocate(whole + HUGE_PAGE);
    if (block.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("the system has no %d bytes to give".formatted(bytes));
    }
    long padding = -block.address() & (HUGE_PAGE - 1);
    MemorySegment memory =
        block
            .reinterpret(whole + HUGE_PAGE, arena, functions::release)
            .asSlice(padding, whole, HUGE_PAGE);
    if (hugePages) {
      functions.adviseHugePages(memory);
    }
    return memory.asSlice(0, bytes);
  }
}
