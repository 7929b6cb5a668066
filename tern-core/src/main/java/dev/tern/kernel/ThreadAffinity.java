package dev.tern.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Keeps threads on processors of their own, where the operating system lets a program say so:
/// Linux, by `sched_setaffinity`.
public final class ThreadAffinity {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  /// Bits of the system's set of processors.
  private static final int SET_BITS = 1024;

  private ThreadAffinity() {}

  /// The system's function; linked when it is first wanted.
  private static final class Call {
    static final Optional<MethodHandle> HANDLE = find();

    private static Optional<MethodHandle> find() {
      Linker linker = Linker.nativeLinker();
      return linker
          .defaultLookup()
          .find("sched_setaffinity")
          .map(address ->
              linker.downcallHandle(
                  address,
                  FunctionDescriptor.of(
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_INT,
                      ValueLayout.JAVA_LONG,
                      ValueLayout.ADDRESS)));
    }
  }

  /// {@return the processors that some threads are kept on, one for each physical core}
  ///
  /// @param threads how many
  /// @throws IllegalArgumentException if the system offers no such thing, or this process has fewer
  ///   cores
  static List<Integer> cpusFor(int threads) {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      throw new IllegalArgumentException(
          "threads cannot be kept on processors of their own on this system, only on Linux");
    }
    List<Integer> cpus = CpuTopology.oneCpuPerCore(allowed());
    if (cpus.size() < threads) {
      throw new IllegalArgumentException(
          "%d threads cannot be kept on processors of their own, because this process has %d cores"
              .formatted(threads, cpus.size()));
    }
    return List.copyOf(cpus.subList(0, threads));
  }

  /// {@return the processors that this process may use}
  static List<Integer> allowed() {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(ALLOWED))
          .findFirst()
          .map(line -> parse(line.substring(ALLOWED.length()).strip()))
          .orElse(List.of());
    } catch (IOException | UncheckedIOException unreadable) {
      return List.of();
    }
  }

  /// Reads a list such as `0-3,8`.
  static List<Integer> parse(String list) {
    List<Integer> cpus = new ArrayList<>();
    for (String range : list.split(",", -1)) {
      String[] ends = range.split("-", -1);
      int last = Integer.parseInt(ends[ends.length - 1]);
      for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
        cpus.add(cpu);
      }
    }
    return cpus;
  }

  /// Keeps the calling thread on one processor.
  ///
  /// @param cpu its number
  /// @return whether the system has done it
  static boolean pin(int cpu) {
    if (cpu >= SET_BITS || Call.HANDLE.isEmpty()) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment set = arena.allocate(SET_BITS / Byte.SIZE, Long.BYTES);
      set.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << cpu);
      return (int) Call.HANDLE.get().invokeExact(0, set.byteSize(), set) == 0;
    } catch (Throwable failure) {
      throw new IllegalStateException("sched_setaffinity failed", failure);
    }
  }
}
