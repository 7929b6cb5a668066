package dev.tern.kernel;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.Stream;

/// How much memory the operating system can still give.
public final class SystemMemory {
  private static final Path MEMORY = Path.of("/proc/meminfo");
  private static final Path GROUP = Path.of("/sys/fs/cgroup");

  private SystemMemory() {}

  /// {@return the memory that can still be had in bytes, caches of files included, in a container
  /// no more than is left of its share; empty where the system does not tell}
  public static OptionalLong available() {
    return available(MEMORY, GROUP);
  }

  static OptionalLong available(Path memory, Path group) {
    OptionalLong ofSystem = lineOf(memory, "MemAvailable:");
    OptionalLong limit = lineOf(group.resolve("memory.max"), "");
    OptionalLong used = lineOf(group.resolve("memory.current"), "");
    if (limit.isEmpty() || used.isEmpty()) {
      return ofSystem;
    }
    long left = Math.max(0, limit.getAsLong() - used.getAsLong());
    return OptionalLong.of(Math.min(left, ofSystem.orElse(left)));
  }

  /// {@return the number in the first line that begins with a word, times 1024 if it is in kB}
  private static OptionalLong lineOf(Path file, String key) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith(key) && line.matches(".*\\d.*"))
          .mapToLong(
              line -> Long.parseLong(line.replaceAll("\\D", "")) * (line.endsWith("kB") ? 1024 : 1))
          .findFirst();
    } catch (IOException | UncheckedIOException | NumberFormatException unknown) {
      return OptionalLong.empty();
    }
  }
}
