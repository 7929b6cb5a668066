package dev.tern.synthetic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Memory for tens of gigabytes: zeroed, but by pages that the system hands out when they are first
/// written, so that many threads take them at once. An arena's own memory is zeroed by one thread,
/// which takes longer than making weights.
final class NativeMemory {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final FunctionDescriptor ALLOCATE =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG);
  private static final FunctionDescriptor FREE = FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);

  private NativeMemory() {}

  /// {@return zeroed memory that is freed with an arena}
  ///
  /// @param arena owns the memory
  /// @param bytes at least 1
  /// @param alignment a power of two
  /// @throws OutOfMemoryError if there is not as much
  static MemorySegment allocate(Arena arena, long bytes, long alignment) {
    MethodHandle calloc = function("calloc", ALLOCATE);
    MethodHandle free = function("free", FREE);
    MemorySegment block = call(calloc, bytes + alignment);
    if (block.equals(MemorySegment.NULL)) {
      throw new OutOfMemoryError("the system has no %d bytes to give".formatted(bytes));
    }
    long padding = -block.address() & (alignment - 1);
    return block
        .reinterpret(bytes + alignment, arena, memory -> release(free, memory))
        .asSlice(padding, bytes, alignment);
  }

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  private static MemorySegment call(MethodHandle calloc, long bytes) {
    try {
      return (MemorySegment) calloc.invokeExact(1L, bytes);
    } catch (Throwable failure) {
      throw new IllegalStateException("calloc failed", failure);
    }
  }

  private static void release(MethodHandle free, MemorySegment memory) {
    try {
      free.invokeExact(memory);
    } catch (Throwable failure) {
      throw new IllegalStateException("free failed", failure);
    }
  }
}
