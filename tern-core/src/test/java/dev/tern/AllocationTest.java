package dev.tern;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.tern.kernel.x86.X86Kernels;
import dev.tern.model.KvCache;
import dev.tern.model.Logits;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Decoding a token with the kernels in machine code leaves no garbage, but for what its caller
/// asked for: the token and its text.
class AllocationTest {
  /// A head just large enough for an index.
  private static final SyntheticShape WIDE_HEAD =
      new SyntheticShape("wide", "bitnet-b1.58", 128, 256, 2, 4, 2, 32, 65_536, 512, 10_000, 1e-5f);

  /// Nothing is made in fact; one segment for each token would be 40 bytes.
  private static final long MOST_OF_A_PASS = 16;

  /// Some 250 in fact: a token, its text, a few small objects. A segment for each call into machine
  /// code would be some thousands even with these two layers.
  private static final long MOST_OF_A_TOKEN = 1_000;

  private static final int WARM_UP = 40;
  private static final int WINDOWS = 6;
  private static final int TOKENS_OF_A_WINDOW = 16;

  @TempDir Path folder;

  @BeforeEach
  void needsMachineCodeAndABeanThatMeasures() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    assumeTrue(
        ManagementFactory.getThreadMXBean() instanceof ThreadMXBean bean
            && bean.isThreadAllocatedMemorySupported()
            && bean.isThreadAllocatedMemoryEnabled(),
        "this Java runtime does not tell what a thread allocates");
  }

  /// Takes steps, and returns the bytes of one on this thread and the compute threads, in the
  /// window of steps that had the fewest: others have what happens once, such as a larger buffer.
  private static long leastBytes(Runnable step) {
    for (int i = 0; i < WARM_UP; i++) {
      step.run();
    }
    long[] threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread ->
                thread.equals(Thread.currentThread())
                    || thread.getName().startsWith("tern-compute"))
            .mapToLong(Thread::threadId)
            .toArray();
    assertTrue(threads.length > 1, "no compute thread was found");
    ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int window = 0; window < WINDOWS; window++) {
      long before = Arrays.stream(bean.getThreadAllocatedBytes(threads)).sum();
      for (int i = 0; i < TOKENS_OF_A_WINDOW; i++) {
        step.run();
      }
      long bytes = Arrays.stream(bean.getThreadAllocatedBytes(threads)).sum() - before;
      least = Math.min(least, bytes / TOKENS_OF_A_WINDOW);
    }
    return least;
  }

  private TernModel load(
      SyntheticShape shape, TensorType type, boolean headIndex, TernaryLayout layout)
      throws IOException {
    Path file = folder.resolve("model.gguf");
    SyntheticModel.of(shape).withLinearType(type).write(file);
    return TernModel.load(
        file,
        LoadOptions.defaults()
            .withThreads(2)
            .withKernels(KernelChoice.X86)
            .withHeadIndex(headIndex)
            .withTernaryLayout(layout));
  }

  @ParameterizedTest
  @CsvSource({"I2_S, ROWS", "I2_S, TRIPLES", "F16, ROWS", "Q8_0, ROWS"})
  void aPassForOneTokenMakesNoObjects(TensorType type, TernaryLayout layout) throws IOException {
    try (TernModel model = load(SyntheticShape.TINY, type, false, layout);
        Arena arena = Arena.ofShared()) {
      Transformer transformer = model.loaded().transformer();
      Workspace workspace = transformer.workspace(arena, 1);
      KvCache cache =
          new KvCache(arena, transformer.config(), 512, KvCacheType.F16, KvCacheType.F16);
      int[] token = {70};
      long bytes = leastBytes(() -> transformer.forward(token, 1, cache, workspace, Logits.LAST));
      assertTrue(bytes <= MOST_OF_A_PASS, bytes + " bytes for each pass");
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 0", "true, 0.8", "false, 0", "false, 0.8"})
  void aTokenCostsLittleMoreThanItsText(boolean headIndex, float temperature) throws IOException {
    try (TernModel model =
            load(
                headIndex ? WIDE_HEAD : SyntheticShape.TINY,
                TensorType.I2_S,
                headIndex,
                TernaryLayout.ROWS);
        Session session = model.newSession()) {
      GenerationOptions options =
          GenerationOptions.builder().temperature(temperature).seed(5).ignoreEos(true).build();
      Generation generation = session.start(new int[] {70}, options);
      long bytes = leastBytes(generation::next);
      assertTrue(bytes <= MOST_OF_A_TOKEN, bytes + " bytes for each token");
    }
  }

  @Test
  void whatAPositionCostsDoesNotGrowWithIt() throws IOException {
    try (TernModel model = load(SyntheticShape.TINY, TensorType.I2_S, false, TernaryLayout.ROWS);
        Session session = model.newSession()) {
      GenerationOptions options = GenerationOptions.greedy().toBuilder().ignoreEos(true).build();
      int[] prompt = new int[370];
      Arrays.fill(prompt, 70);
      Generation generation = session.start(prompt, options);
      long bytes = leastBytes(generation::next);
      assertTrue(bytes <= MOST_OF_A_TOKEN, bytes + " bytes for each token");
    }
  }
}
