package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Several threads at one model, and models that are closed under them.
@Timeout(60)
class ClosingTest {
  @TempDir static Path folder;

  private static Path path;

  @BeforeAll
  static void write() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
  }

  private static TernModel load(int threads) throws IOException {
    return load(threads, KernelChoice.SCALAR);
  }

  private static TernModel load(int threads, KernelChoice kernels) throws IOException {
    return TernModel.load(path, LoadOptions.defaults().withKernels(kernels).withThreads(threads));
  }

  private static GenerationOptions options(int seed) {
    return GenerationOptions.builder().seed(seed).maxTokens(40).ignoreEos(true).build();
  }

  private static String prompt(int number) {
    return "Prompt %d, %s".formatted(number, "of some length. ".repeat(number));
  }

  @ParameterizedTest
  @CsvSource({"1, SCALAR", "2, SCALAR", "2, AUTO"})
  void writesTheSameTextsAtOnceAsAlone(int threads, KernelChoice kernels) throws Exception {
    try (TernModel model = load(threads, kernels)) {
      List<String> expected =
          IntStream.range(0, 6)
              .mapToObj(i -> model.generate(prompt(i), options(i)).text())
              .toList();
      try (ExecutorService executor = Executors.newFixedThreadPool(6)) {
        List<Callable<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
          int number = i;
          tasks.add(() -> model.generate(prompt(number), options(number)).text());
        }
        List<String> actual = new ArrayList<>();
        for (Future<String> text : executor.invokeAll(tasks)) {
          actual.add(text.get());
        }
        assertEquals(expected, actual);
      }
    }
  }

  /// Closes at many moments; whatever a session is doing then, it learns of it in a sentence.
  @ParameterizedTest
  @CsvSource({"1, SCALAR, 20", "2, SCALAR, 20", "2, AUTO, 2"})
  void endsRunningGenerationsWithASentenceWhenTheModelIsClosed(
      int threads, KernelChoice kernels, int times) throws Exception {
    for (int delay = 0; delay < times; delay++) {
      TernModel model = load(threads, kernels);
      CountDownLatch started = new CountDownLatch(2);
      try (ExecutorService executor = Executors.newFixedThreadPool(2)) {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
          running.add(executor.submit(() -> generateForEver(model, started)));
        }
        started.await();
        Thread.sleep(Duration.ofMillis(delay));
        model.close();
        for (Future<?> future : running) {
          ExecutionException failure = assertThrows(ExecutionException.class, future::get);
          assertEquals(ClosedException.class, failure.getCause().getClass());
          assertEquals("the model has been closed", failure.getCause().getMessage());
        }
      }
    }
  }

  private static void generateForEver(TernModel model, CountDownLatch started) {
    try (Session session = model.newSession()) {
      for (int seed = 0; ; seed++) {
        session.generate(prompt(seed % 20), options(seed), _ -> started.countDown());
      }
    }
  }

  @Test
  void closesASessionUnderItsGeneration() throws Exception {
    try (TernModel model = load(2)) {
      Session session = model.newSession();
      CountDownLatch started = new CountDownLatch(1);
      try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
        Future<?> running =
            executor.submit(() -> {
              for (int seed = 0; ; seed++) {
                session.generate("a", options(seed), _ -> started.countDown());
              }
            });
        started.await();
        session.close();
        ExecutionException failure = assertThrows(ExecutionException.class, running::get);
        assertEquals("the session has been closed", failure.getCause().getMessage());
      }
      assertEquals(40, model.generate("a", options(1)).tokens().size());
    }
  }

  /// A long prompt is left between two batches, so that closing does not wait for all of it.
  @Test
  void leavesAPromptBetweenBatchesWhenClosed() throws Exception {
    int length = 100_000;
    Path longContext = folder.resolve("long.gguf");
    SyntheticModel.of(
            new SyntheticShape("long", "bitnet", 128, 128, 2, 4, 2, 32, 300, length, 1e4f, 1e-5f))
        .write(longContext);
    TernModel model =
        TernModel.load(longContext, LoadOptions.defaults().withKernels(KernelChoice.SCALAR));
    Session session = model.newSession(SessionOptions.defaults().withBatchSize(1));
    Generation generation = session.start(new int[length], options(1));
    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
      Future<?> running = executor.submit(generation::finish);
      while (session.length() == 0) {
        Thread.sleep(1);
      }
      model.close();
      ExecutionException failure = assertThrows(ExecutionException.class, running::get);
      assertEquals("the model has been closed", failure.getCause().getMessage());
      assertTrue(session.length() < length, "the whole prompt was computed");
    }
    session.close();
  }

  @Test
  void refusesEveryUseOfAClosedModel() throws IOException {
    TernModel model = load(2);
    Session session = model.newSession();
    Chat chat = model.newChat();
    model.close();
    model.close();
    for (Runnable use :
        List.<Runnable>of(
            model::newSession,
            model::newChat,
            model::kernels,
            model::isWarm,
            () -> model.generate("a", options(1)),
            () -> session.start("a", options(1)),
            () -> chat.send("a", options(1)))) {
      IllegalStateException refusal = assertThrows(IllegalStateException.class, use::run);
      assertEquals("the model has been closed", refusal.getMessage());
    }
    assertEquals("bitnet-b1.58", model.info().architecture());
    session.close();
    chat.close();
  }

  @Test
  void mayBeClosedByWhoReceivesTokens() throws IOException {
    TernModel model = load(1);
    IllegalStateException refusal =
        assertThrows(
            IllegalStateException.class, () -> model.generate("a", options(1), _ -> model.close()));
    assertEquals("the model has been closed", refusal.getMessage());
  }
}
