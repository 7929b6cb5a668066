package dev.tern.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerplexityMeasurementTest {
  private static final String TEXT = "The quick brown fox jumps over the lazy dog. ".repeat(6);
  private static final PerplexityProtocol SMALL = new PerplexityProtocol(32, 0, 0);

  @TempDir static Path folder;

  private static TernModel tiny(int threads) throws IOException {
    Path path = folder.resolve("tiny.gguf");
    if (Files.notExists(path)) {
      SyntheticModel.of(SyntheticShape.TINY).write(path);
    }
    return TernModel.load(
        path, LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(threads));
  }

  /// The figures of `reference.json`, which llama.cpp's protocol gave in an independent NumPy
  /// implementation. Its TQ1_0 file has the weights of TQ2_0, as [WeightComparisonTest] finds.
  @ParameterizedTest
  @CsvSource({"i2_s, 3.6034", "tq2_0, 3.6033"})
  void measuresWhatTheReferenceOfATrainedModelDoes(String encoding, double expected)
      throws IOException {
    Path file =
        TestData.require("models/tinystories-b158-3m/bitllama-3M-%s.gguf".formatted(encoding));
    Path stories = TestData.require("text/tinystories/tinystories_val_yuninxia_0.8MB.txt");
    // More than 32 chunks, at about 2.2 bytes to a token.
    String text = Files.readString(stories).substring(0, 60_000);
    try (TernModel model = TernModel.load(file)) {
      PerplexityProtocol protocol = PerplexityProtocol.defaults().withChunks(32);
      Perplexity perplexity = PerplexityMeasurement.of(model, protocol).run(text, _ -> {});
      assertEquals(expected, perplexity.value(), 0.002);
      assertEquals(32 * 255, perplexity.scoredTokens());
      assertTrue(perplexity.lower() < expected && expected < perplexity.upper());
    }
  }

  @Test
  void isTheMeanOfTheLossesOfTheSecondHalves() throws IOException {
    try (TernModel model = tiny(1);
        Session session = model.newSession()) {
      int bos = model.tokenizer().bosId().orElseThrow();
      int[] tokens = model.tokenizer().encode(TEXT, EncodeOptions.PROMPT);
      double sum = 0;
      List<Double> running = new ArrayList<>();
      int count = 0;
      for (int start = 0; start + 32 <= tokens.length; start += 32) {
        int[] chunk = Arrays.copyOfRange(tokens, start, start + 32);
        chunk[0] = bos;
        for (double logProbability : session.logProbabilities(chunk, 17)) {
          sum -= logProbability;
          count++;
        }
        running.add(Math.exp(sum / count));
      }
      List<Perplexity> reports = new ArrayList<>();
      Perplexity result = PerplexityMeasurement.of(model, SMALL).run(TEXT, reports::add);
      assertEquals(running, reports.stream().map(Perplexity::value).toList());
      assertEquals(reports.getLast(), result);
      assertEquals(8, result.chunks());
      assertEquals(8, reports.getFirst().plannedChunks());
      assertEquals(8 * 15, result.scoredTokens());
      assertEquals(8 * 15, result.scoredBytes(), "a byte is a token in this vocabulary");
      assertEquals(result.bitsPerToken(), result.bitsPerByte(), 1e-12);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 5", "3, 128"})
  void givesTheSameBitsOnAnyThreadsAndInAnyBatches(int threads, int batchSize) throws IOException {
    PerplexityProtocol strided = SMALL.withStride(8);
    Perplexity expected;
    try (TernModel model = tiny(2)) {
      expected = PerplexityMeasurement.of(model, strided).run(TEXT, _ -> {});
    }
    try (TernModel model = tiny(threads)) {
      SessionOptions options = SessionOptions.defaults().withBatchSize(batchSize);
      assertEquals(expected, PerplexityMeasurement.of(model, strided, options).run(TEXT, _ -> {}));
    }
  }

  /// 8 chunks: the first is computed by all threads, and as many of the others as keep most threads
  /// busy several at once.
  @ParameterizedTest
  @CsvSource({"2, 0", "2, 2", "3, 3", "5, 4", "5, 5", "9, 9"})
  void reportsTheSameInTheSameOrderHoweverManyChunksAreComputedAtOnce(int threads, int atOnce)
      throws IOException {
    List<Perplexity> expected = new ArrayList<>();
    try (TernModel model = tiny(1)) {
      PerplexityMeasurement.of(model, SMALL).run(TEXT, expected::add);
    }
    try (TernModel model = tiny(threads)) {
      List<Perplexity> reports = new ArrayList<>();
      Thread caller = Thread.currentThread();
      Perplexity result =
          PerplexityMeasurement.of(model, SMALL)
              .withChunksAtOnce(atOnce)
              .run(
                  TEXT,
                  soFar -> {
                    assertEquals(caller, Thread.currentThread());
                    reports.add(soFar);
                  });
      assertEquals(expected, reports);
      assertEquals(expected.getLast(), result);
    }
  }

  @Test
  @Timeout(20)
  void endsWithItsReader() throws IOException {
    try (TernModel model = tiny(4)) {
      PerplexityMeasurement measurement = PerplexityMeasurement.of(model, SMALL);
      IllegalStateException enough = new IllegalStateException("enough");
      assertSame(
          enough,
          assertThrows(
              IllegalStateException.class,
              () ->
                  measurement.run(
                      TEXT,
                      soFar -> {
                        if (soFar.chunks() == 3) {
                          throw enough;
                        }
                      })));
      assertEquals(8, measurement.run(TEXT, _ -> {}).chunks(), "the model is free again");
    }
  }

  /// The text has more chunks than threads may compute before the reader has had the third.
  @Test
  @Timeout(20)
  void saysWhyThreadsCannotGoOn() throws IOException {
    String text = TEXT.repeat(8);
    TernModel model = tiny(4);
    try (model) {
      PerplexityMeasurement measurement = PerplexityMeasurement.of(model, SMALL);
      IllegalStateException closed =
          assertThrows(
              IllegalStateException.class,
              () -> measurement.run(text, soFar -> closeAfter(3, soFar, model)));
      assertTrue(closed.getMessage().contains("the model has been closed"), closed.getMessage());
    }
  }

  private static void closeAfter(int chunks, Perplexity soFar, TernModel model) {
    if (soFar.chunks() == chunks) {
      model.close();
    }
  }

  @Test
  void knowsItsUncertainty() {
    // Losses 1, 2 and 3: variance 2/3 over n - 1 = 2.
    Perplexity some = new Perplexity(SMALL, 1, 1, 3, 6, 2, Math.sqrt(2.0 / 3 / 2));
    assertEquals(Math.exp(2), some.value());
    assertEquals(Math.exp(2) * 0.57735, some.standardError(), 1e-4);
    assertEquals(Math.exp(2 - 1.131586), some.lower(), 1e-5);
    assertEquals(Math.exp(2 + 1.131586), some.upper(), 1e-4);
    assertEquals(2 / Math.log(2), some.bitsPerToken());
    assertEquals(1 / Math.log(2), some.bitsPerByte(), 1e-12);
    assertTrue(Double.isNaN(new Perplexity(SMALL, 1, 1, 3, 0, 2, 0).bitsPerByte()));
  }

  @Test
  void refusesWhatTheModelCannotDo() throws IOException {
    try (TernModel model = tiny(1)) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class,
              () -> PerplexityMeasurement.of(model, PerplexityProtocol.defaults().withStride(64)));
      assertTrue(refusal.getMessage().contains("544"), refusal.getMessage());
      PerplexityMeasurement measurement = PerplexityMeasurement.of(model, SMALL);
      assertThrows(IllegalArgumentException.class, () -> measurement.run("short", _ -> {}));
      for (int atOnce : new int[] {-1, 2}) {
        assertThrows(IllegalArgumentException.class, () -> measurement.withChunksAtOnce(atOnce));
      }
    }
  }
}
