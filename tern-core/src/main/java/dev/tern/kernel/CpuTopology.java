package dev.tern.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What the operating system tells about the processor.
public final class CpuTopology {
  private static final Path CPUS = Path.of("/sys/devices/system/cpu");
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private CpuTopology() {}

  /// {@return how many threads are worth starting: physical cores, where the system tells them, and
  /// never more than this process may use}
  public static int physicalCores() {
    int logical = Runtime.getRuntime().availableProcessors();
    int physical = countPhysical();
    return physical == 0 ? logical : Math.min(physical, logical);
  }

  /// Counts the distinct groups of hardware threads; 0 where the system does not tell.
  private static int countPhysical() {
    Set<String> siblings = new HashSet<>();
    try (Stream<Path> entries = Files.list(CPUS)) {
      for (Path cpu : entries.filter(CpuTopology::isCpu).toList()) {
        Path list = cpu.resolve("topology/thread_siblings_list");
        if (Files.isReadable(list)) {
          siblings.add(Files.readString(list).strip());
        }
      }
    } catch (IOException unreadable) {
      return 0;
    }
    return siblings.size();
  }

  /// {@return one processor of each physical core, as far as the system tells cores apart}
  ///
  /// @param cpus to choose from
  static List<Integer> oneCpuPerCore(List<Integer> cpus) {
    Set<String> cores = new HashSet<>();
    return cpus.stream().filter(cpu -> cores.add(siblings(cpu))).toList();
  }

  private static String siblings(int cpu) {
    Path list = CPUS.resolve("cpu" + cpu).resolve("topology/thread_siblings_list");
    try {
      return Files.readString(list).strip();
    } catch (IOException unreadable) {
      return Integer.toString(cpu);
    }
  }

  private static boolean isCpu(Path path) {
    return path.getFileName().toString().matches("cpu[0-9]+");
  }

  /// {@return the size of the largest cache of the first core in bytes; 0 where the system does not
  /// tell}
  public static long largestCacheBytes() {
    long largest = 0;
    try (Stream<Path> caches = Files.list(CPUS.resolve("cpu0/cache"))) {
      for (Path size : caches.map(cache -> cache.resolve("size")).filter(Files::exists).toList()) {
        largest = Math.max(largest, cacheBytes(Files.readString(size).strip()));
      }
    } catch (IOException unreadable) {
      return 0;
    }
    return largest;
  }

  /// Reads `32768K`, or `1M`; 0 for anything else.
  private static long cacheBytes(String text) {
    if (!text.matches("[0-9]{1,9}[KM]")) {
      return 0;
    }
    long number = Long.parseLong(text.substring(0, text.length() - 1));
    return text.endsWith("M") ? number << 20 : number << 10;
  }

  /// {@return the processor's name as the system gives it, or the architecture's}
  public static String name() {
    return cpuInfo("model name").stream().findFirst().orElse(System.getProperty("os.arch", "?"));
  }

  /// {@return the instruction sets that matter to kernels, in the system's spelling; empty where it
  /// does not tell}
  public static List<String> features() {
    Set<String> relevant =
        Set.of(
            "sse4_1",
            "avx",
            "avx2",
            "fma",
            "f16c",
            "bmi2",
            "avx_vnni",
            "avx512f",
            "avx512bw",
            "avx512_vnni",
            "avx512vbmi",
            "asimd",
            "asimddp",
            "i8mm",
            "sve");
    List<String> lines = cpuInfo("flags");
    return (lines.isEmpty() ? cpuInfo("Features") : lines)
        .stream()
            .flatMap(line -> Pattern.compile(" ").splitAsStream(line))
            .filter(relevant::contains)
            .toList();
  }

  private static List<String> cpuInfo(String key) {
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith(key) && line.indexOf(':') > 0)
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .limit(1)
          .toList();
    } catch (IOException | UncheckedIOException unreadable) {
      return List.of();
    }
  }
}
