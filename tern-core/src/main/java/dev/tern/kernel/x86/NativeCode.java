package dev.tern.kernel.x86;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Routines in executable memory, ready to be called.
final class NativeCode {
  /// Functions begin at multiples of a cache line.
  private static final int ALIGNMENT = 64;

  private static final FunctionDescriptor TYPE =
      FunctionDescriptor.ofVoid(
          ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private NativeCode() {}

  /// Calls any routine. One constant handle, because linking takes long when the JVM starts, and
  /// the compiler sees through a constant; in a class of its own, because the system's refusal to
  /// call native code is told before this is needed.
  private static final class Call {
    static final MethodHandle HANDLE =
        Linker.nativeLinker().downcallHandle(TYPE, Linker.Option.critical(false));
  }

  /// One routine.
  ///
  /// @param entry where it begins
  record Function(MemorySegment entry) {
    /// Calls the routine with the beginnings of segments that have been cut to what it touches.
    ///
    /// @param a the first pointer
    /// @param b the second pointer
    /// @param c the third pointer
    /// @param parameters the fourth
    /// @throws IllegalStateException if a segment's memory has been freed
    void call(MemorySegment a, MemorySegment b, MemorySegment c, MemorySegment parameters) {
      invoke(a, 0, b, 0, c, 0, parameters);
    }

    /// Calls the routine with places within segments, which need not be cut for it: a cut is an
    /// object, and one token takes thousands of calls.
    ///
    /// The routine touches no more than the three ranges and its parameters; that they lie within
    /// their segments is checked here, and the segments are kept from being freed meanwhile.
    ///
    /// @param a what the first pointer points into
    /// @param aFrom where, in bytes
    /// @param aBytes how many bytes of it the routine touches at most
    /// @param b what the second pointer points into
    /// @param bFrom where, in bytes
    /// @param bBytes how many bytes of it the routine touches at most
    /// @param c what the third pointer points into
    /// @param cFrom where, in bytes
    /// @param cBytes how many bytes of it the routine touches at most
    /// @param parameters the fourth pointer
    /// @throws IndexOutOfBoundsException if a range is not within its segment
    /// @throws IllegalStateException if a segment's memory has been freed
    void call(
        MemorySegment a,
        long aFrom,
        long aBytes,
        MemorySegment b,
        long bFrom,
        long bBytes,
        MemorySegment c,
        long cFrom,
        long cBytes,
        MemorySegment parameters) {
      Objects.checkFromIndexSize(aFrom, aBytes, a.byteSize());
      Objects.checkFromIndexSize(bFrom, bBytes, b.byteSize());
      Objects.checkFromIndexSize(cFrom, cBytes, c.byteSize());
      invoke(a, aFrom, b, bFrom, c, cFrom, parameters);
    }

    private void invoke(
        MemorySegment a,
        long aFrom,
        MemorySegment b,
        long bFrom,
        MemorySegment c,
        long cFrom,
        MemorySegment parameters) {
      try {
        Call.HANDLE.invokeExact(entry, a, b, c, parameters, aFrom, bFrom, cFrom);
      } catch (RuntimeException | Error failure) {
        throw failure;
      } catch (Throwable impossible) {
        throw new AssertionError("machine code throws nothing", impossible);
      }
    }
  }

  /// {@return functions for some routines, in the same order}
  ///
  /// @param routines not assembled yet
  /// @throws UnavailableException if machine code cannot be had here
  static List<Function> load(List<? extends Routine> routines) throws UnavailableException {
    if (routines.isEmpty()) {
      return List.of();
    }
    CallingConvention convention = CallingConvention.ofThisSystem();
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    List<Integer> entries = new ArrayList<>();
    for (Routine routine : routines) {
      entries.add(code.size());
      byte[] bytes = routine.assemble(convention);
      code.write(bytes, 0, bytes.length);
      // Breakpoints, so that running into them is noticed.
      while (code.size() % ALIGNMENT != 0) {
        code.write(0xCC);
      }
    }
    MemorySegment memory = ExecutableMemory.of(code.toByteArray());
    return entries.stream()
        .map(entry -> new Function(MemorySegment.ofAddress(memory.address() + entry)))
        .toList();
  }
}
