package dev.tern.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// Memory between two pages that nobody may touch: code that reads or writes one byte too many ends
/// the process.
public final class GuardedMemory {
  private static final long PAGE = 16_384;

  private GuardedMemory() {}

  static boolean isPossible() {
    return !System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
  }

  /// An arena whose memory ends at guard pages, as nearly as its alignment allows; an ordinary one
  /// where that is impossible.
  public static Arena arena() {
    Arena owner = Arena.ofShared();
    return isPossible() ? new GuardedArena(owner) : owner;
  }

  private record GuardedArena(Arena owner) implements Arena {
    @Override
    public MemorySegment allocate(long bytes, long alignment) {
      long padded = Math.ceilDiv(Math.max(bytes, 1), alignment) * alignment;
      return beforeGuard(owner, padded).asSlice(0, bytes);
    }

    @Override
    public MemorySegment.Scope scope() {
      return owner.scope();
    }

    @Override
    public void close() {
      owner.close();
    }
  }

  /// Memory whose last byte is followed by a page that cannot be read.
  static MemorySegment beforeGuard(Arena arena, long bytes) {
    long usable = Math.ceilDiv(bytes, PAGE) * PAGE;
    return pages(arena, usable).asSlice(usable - bytes, bytes);
  }

  /// Memory whose first byte follows a page that cannot be read.
  static MemorySegment afterGuard(Arena arena, long bytes) {
    return pages(arena, Math.ceilDiv(bytes, PAGE) * PAGE).asSlice(0, bytes);
  }

  private static MemorySegment pages(Arena arena, long usable) {
    boolean mac = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac");
    long total = usable + 2 * PAGE;
    try {
      MethodHandle mmap =
          find(
              "mmap",
              FunctionDescriptor.of(
                  ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
      MethodHandle mprotect =
          find("mprotect", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
      MethodHandle munmap = find("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
      MemorySegment address =
          (MemorySegment)
              mmap.invokeExact(MemorySegment.NULL, total, 1 | 2, 2 | (mac ? 0x1000 : 0x20), -1, 0L);
      if (address.address() == -1) {
        throw new AssertionError("mmap failed");
      }
      MemorySegment memory =
          address.reinterpret(total, arena, segment -> release(munmap, segment, total));
      for (long guard : new long[] {0, PAGE + usable}) {
        if ((int) mprotect.invokeExact(memory.asSlice(guard, PAGE), PAGE, 0) != 0) {
          throw new AssertionError("mprotect failed");
        }
      }
      return memory.asSlice(PAGE, usable);
    } catch (Throwable failure) {
      throw new AssertionError(failure);
    }
  }

  private static void release(MethodHandle munmap, MemorySegment segment, long bytes) {
    try {
      if ((int) munmap.invokeExact(segment, bytes) != 0) {
        throw new AssertionError("munmap failed");
      }
    } catch (Throwable failure) {
      throw new AssertionError(failure);
    }
  }

  private static MethodHandle find(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
  }
}
