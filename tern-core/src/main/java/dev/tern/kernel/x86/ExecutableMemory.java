package dev.tern.kernel.x86;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;

/// Memory that holds machine code: first writable, then executable, never both; never freed.
///
/// Linux and macOS: `mmap`, `mprotect`. Windows: `VirtualAlloc`, `VirtualProtect`,
/// `FlushInstructionCache`. A system may forbid it (SELinux's `execmem`, systemd's
/// `MemoryDenyWriteExecute`, a hardened runtime); that is told with the system's error number.
final class ExecutableMemory {
  private static final Linker LINKER = Linker.nativeLinker();

  private ExecutableMemory() {}

  /// {@return executable memory with some code, valid as long as the process lives}
  ///
  /// @param code machine code
  /// @throws UnavailableException if the system or the Java runtime forbids it
  static MemorySegment of(byte[] code) throws UnavailableException {
    try {
      return CallingConvention.isWindows() ? onWindows(code) : onPosix(code);
    } catch (IllegalCallerException denied) {
      throw new UnavailableException(
          "Java was told not to let this program call native code (start it with --enable-native-access=ALL-UNNAMED)",
          denied);
    } catch (UnavailableException unavailable) {
      throw unavailable;
    } catch (Throwable failure) {
      throw new UnavailableException(
          "memory for machine code could not be had: " + failure, failure);
    }
  }

  private static MemorySegment onPosix(byte[] code) throws Throwable {
    int protRead = 1;
    int protWrite = 2;
    int protExec = 4;
    int mapPrivate = 2;
    int mapAnonymous = isMac() ? 0x1000 : 0x20;
    SystemFunction mmap =
        SystemFunction.find(
            LINKER.defaultLookup(),
            "mmap",
            FunctionDescriptor.of(
                ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
    SystemFunction mprotect =
        SystemFunction.find(
            LINKER.defaultLookup(),
            "mprotect",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = mmap.allocateError(arena);
      MemorySegment memory =
          (MemorySegment)
              mmap.handle()
                  .invokeExact(
                      error,
                      MemorySegment.NULL,
                      (long) code.length,
                      protRead | protWrite,
                      mapPrivate | mapAnonymous,
                      -1,
                      0L);
      if (memory.address() == -1L) {
        throw mmap.failure(error);
      }
      write(code, memory);
      int result =
          (int)
              mprotect.handle().invokeExact(error, memory, (long) code.length, protRead | protExec);
      if (result != 0) {
        throw mprotect.failure(error);
      }
      return memory;
    }
  }

  private static boolean isMac() {
    return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
  }

  private static MemorySegment onWindows(byte[] code) throws Throwable {
    int memCommitAndReserve = 0x3000;
    int pageReadWrite = 0x04;
    int pageExecuteRead = 0x20;
    SymbolLookup kernel32 = SymbolLookup.libraryLookup("kernel32", Arena.global());
    SystemFunction virtualAlloc =
        SystemFunction.find(
            kernel32,
            "VirtualAlloc",
            FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT));
    SystemFunction virtualProtect =
        SystemFunction.find(
            kernel32,
            "VirtualProtect",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS));
    SystemFunction currentProcess =
        SystemFunction.find(kernel32, "GetCurrentProcess", FunctionDescriptor.of(ADDRESS));
    SystemFunction flush =
        SystemFunction.find(
            kernel32,
            "FlushInstructionCache",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG));
    long size = code.length;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment error = virtualAlloc.allocateError(arena);
      MemorySegment memory =
          (MemorySegment)
              virtualAlloc
                  .handle()
                  .invokeExact(error, MemorySegment.NULL, size, memCommitAndReserve, pageReadWrite);
      if (memory.address() == 0L) {
        throw virtualAlloc.failure(error);
      }
      write(code, memory);
      MemorySegment old = arena.allocate(JAVA_INT);
      int done =
          (int) virtualProtect.handle().invokeExact(error, memory, size, pageExecuteRead, old);
      if (done == 0) {
        throw virtualProtect.failure(error);
      }
      MemorySegment process = (MemorySegment) currentProcess.handle().invokeExact(error);
      int flushed = (int) flush.handle().invokeExact(error, process, memory, size);
      if (flushed == 0) {
        throw flush.failure(error);
      }
      return memory;
    }
  }

  private static void write(byte[] code, MemorySegment memory) {
    MemorySegment.copy(
        code, 0, memory.reinterpret(code.length), ValueLayout.JAVA_BYTE, 0, code.length);
  }

  /// A function of the operating system that reports errors apart.
  ///
  /// @param name its name
  /// @param handle calls it; the first argument receives the error number
  private record SystemFunction(String name, MethodHandle handle) {
    private static final String ERROR = CallingConvention.isWindows() ? "GetLastError" : "errno";
    private static final StructLayout ERROR_LAYOUT = Linker.Option.captureStateLayout();

    static SystemFunction find(SymbolLookup library, String name, FunctionDescriptor type)
        throws UnavailableException {
      MemorySegment address =
          library
              .find(name)
              .orElseThrow(() -> new UnavailableException("this system has no function " + name));
      return new SystemFunction(
          name, LINKER.downcallHandle(address, type, Linker.Option.captureCallState(ERROR)));
    }

    MemorySegment allocateError(Arena arena) {
      return arena.allocate(ERROR_LAYOUT);
    }

    UnavailableException failure(MemorySegment error) {
      long offset = ERROR_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement(ERROR));
      return new UnavailableException(
          "the system forbids memory for machine code (%s failed with error %d)"
              .formatted(name, error.get(JAVA_INT, offset)));
    }
  }
}
