package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThreadAffinityTest {
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");

  @BeforeEach
  void requireLinux() {
    assumeTrue(LINUX, "only Linux keeps threads on processors");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0 | 1", "0-3 | 4", "1,3 | 2", "0-1,8-9,12 | 5"})
  void readsTheSystemsLists(String list, int count) {
    assertEquals(count, ThreadAffinity.parse(list).size());
  }

  @Test
  void keepsAThreadWhereItIsPut() throws InterruptedException {
    int cpu = ThreadAffinity.allowed().getLast();
    AtomicInteger allowed = new AtomicInteger(-1);
    Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              if (ThreadAffinity.pin(cpu)) {
                allowed.set(onlyCpuOfThisThread());
              }
            });
    thread.join();
    assertEquals(cpu, allowed.get());
  }

  private static int onlyCpuOfThisThread() {
    try {
      String list =
          Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
              .filter(line -> line.startsWith("Cpus_allowed_list:"))
              .findFirst()
              .orElseThrow()
              .replaceAll(".*:\\s*", "");
      return Integer.parseInt(list);
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
  }

  @Test
  void processorsThatThereAreNotAreRefused() {
    assertFalse(ThreadAffinity.pin(100_000));
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> ComputeThreads.pinned(1_000));
    assertTrue(refusal.getMessage().startsWith("1000 threads cannot be kept"), refusal.toString());
  }

  @Test
  void everyThreadHasACoreOfItsOwn() {
    int cores = CpuTopology.oneCpuPerCore(ThreadAffinity.allowed()).size();
    List<Integer> cpus = ThreadAffinity.cpusFor(cores);
    assertEquals(cores, cpus.stream().distinct().count());
    AtomicInteger items = new AtomicInteger();
    try (ComputeThreads threads = ComputeThreads.pinned(cores)) {
      threads.run(100, 1, (from, to) -> items.addAndGet(to - from));
    }
    assertEquals(100, items.get());
  }
}
