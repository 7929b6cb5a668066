package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
  @TempDir private Path folder;

  private Path memory() throws IOException {
    return Files.writeString(
        folder.resolve("meminfo"), "MemTotal: 3000 kB\nMemFree: 10 kB\nMemAvailable:   2000 kB\n");
  }

  private void group(String max) throws IOException {
    Files.writeString(folder.resolve("memory.max"), max);
    Files.writeString(folder.resolve("memory.current"), "500000\n");
  }

  @Test
  void takesWhatTheSystemTells() throws IOException {
    assertEquals(OptionalLong.of(2_048_000), SystemMemory.available(memory(), folder));
  }

  @Test
  void takesWhatIsLeftOfAContainersShare() throws IOException {
    group("1500000\n");
    assertEquals(OptionalLong.of(1_000_000), SystemMemory.available(memory(), folder));
    group("400000\n");
    assertEquals(OptionalLong.of(0), SystemMemory.available(memory(), folder));
  }

  @Test
  void aContainerWithoutALimitLeavesTheSystemsWord() throws IOException {
    group("max\n");
    assertEquals(OptionalLong.of(2_048_000), SystemMemory.available(memory(), folder));
  }

  @Test
  void saysNothingWhereNobodyTells() {
    assertEquals(
        OptionalLong.empty(),
        SystemMemory.available(folder.resolve("none"), folder.resolve("none")));
  }
}
