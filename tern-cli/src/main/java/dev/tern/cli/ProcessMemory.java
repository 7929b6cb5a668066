package dev.tern.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// How much memory this process uses, and how much there is.
final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path MEMORY = Path.of("/proc/meminfo");

  private ProcessMemory() {}

  /// {@return resident memory in bytes, mapped model files included; the used heap where the system
  /// does not tell more}
  static long resident() {
    Runtime runtime = Runtime.getRuntime();
    return kilobytes(STATUS, "VmRSS:").orElse(runtime.totalMemory() - runtime.freeMemory());
  }

  /// {@return the memory that the system can still give, caches included, for example `6.11 GB`;
  /// empty where it does not tell}
  static Optional<String> available() {
    OptionalLong bytes = availableBytes();
    return bytes.isPresent() ? Optional.of(ByteCount.format(bytes.getAsLong())) : Optional.empty();
  }

  /// {@return the memory that the system can still give in bytes, caches included; empty where it
  /// does not tell}
  static OptionalLong availableBytes() {
    return kilobytes(MEMORY, "MemAvailable:");
  }

  /// {@return the most that this process can take in addition, in bytes: what is available, or
  /// where the system does not tell, what there is, and in a container no more than it may have}
  static long grantable() {
    long rest = physicalBytes() - resident();
    return Math.min(availableBytes().orElse(rest), rest);
  }

  /// The machine's memory, or the container's.
  private static long physicalBytes() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Long.MAX_VALUE;
  }

  /// Finds a line such as `VmRSS: 1234 kB`, and converts it to bytes.
  private static OptionalLong kilobytes(Path file, String key) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key))
          .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024)
          .findFirst();
    } catch (IOException | UncheckedIOException notLinux) {
      return OptionalLong.empty();
    }
  }
}
