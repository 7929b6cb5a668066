package dev.tern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Given texts: what the model expected at their places.
class PredictionTest {
  private static final int[] TEXT = text(150);
  private static final String PROMPT = "Once upon a time";
  private static final GenerationOptions GREEDY =
      GenerationOptions.greedy().toBuilder().maxTokens(20).ignoreEos(true).build();

  @TempDir static Path folder;

  private static Path path;
  private static TernModel model;

  @BeforeAll
  static void load() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = TernModel.load(path, scalar(2));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static LoadOptions scalar(int threads) {
    return LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(threads);
  }

  private static int[] text(int length) {
    int[] text = new int[length];
    for (int i = 0; i < length; i++) {
      text[i] = (i * 37 + 11) % 256;
    }
    return text;
  }

  private static List<Prediction> predict(Session session, int[] tokens, int from, int to) {
    List<Prediction> predictions = new ArrayList<>();
    session.predict(tokens, from, to, predictions::add);
    return predictions;
  }

  /// Whoever computes alone waits for no one, and finds the same bits.
  @ParameterizedTest
  @CsvSource({"1, true", "5, true", "128, true", "128, false"})
  void sessionsOfSeveralThreadsFindWhatOneFinds(int batchSize, boolean alone) {
    double[] expected;
    try (Session session = model.newSession()) {
      expected = session.logProbabilities(TEXT, 1);
    }
    SessionOptions options =
        SessionOptions.defaults().withBatchSize(batchSize).withOnCallingThread(alone);
    IntStream.range(0, 6)
        .parallel()
        .forEach(_ -> {
          try (Session session = model.newSession(options)) {
            assertArrayEquals(expected, session.logProbabilities(TEXT, 1));
            assertEquals(
                model.generate(PROMPT, GREEDY).text(), session.generate(PROMPT, GREEDY).text());
          }
        });
  }

  @Test
  void expectsWhatGreedyGenerationWrites() {
    try (Session session = model.newSession()) {
      List<Integer> written = session.start(TEXT, GREEDY).finish().tokens();
      int[] whole = Arrays.copyOf(TEXT, TEXT.length + written.size());
      for (int i = 0; i < written.size(); i++) {
        whole[TEXT.length + i] = written.get(i);
      }
      List<Prediction> predictions = predict(session, whole, TEXT.length, whole.length);
      assertEquals(written, predictions.stream().map(Prediction::likeliest).toList());
      // Once more with nothing in the cache, and the place behind the text as well.
      try (Session fresh = model.newSession()) {
        List<Prediction> again = predict(fresh, whole, 1, whole.length + 1);
        assertEquals(whole.length, again.size());
        assertEquals(whole.length, again.getLast().position());
        assertEquals(
            written,
            again.subList(TEXT.length - 1, whole.length - 1).stream()
                .map(Prediction::likeliest)
                .toList());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 512", "2, 1", "2, 7", "3, 64", "3, 128"})
  void givesTheSameBitsOnAnyThreadsAndInAnyBatches(int threads, int batchSize) throws IOException {
    double[] expected;
    try (Session session = model.newSession()) {
      expected = session.logProbabilities(TEXT, 1);
    }
    SessionOptions options = SessionOptions.defaults().withBatchSize(batchSize);
    try (TernModel other = TernModel.load(path, scalar(threads));
        Session session = other.newSession(options)) {
      assertArrayEquals(expected, session.logProbabilities(TEXT, 1));
      assertArrayEquals(Arrays.copyOfRange(expected, 99, 149), session.logProbabilities(TEXT, 100));
      assertArrayEquals(Arrays.copyOfRange(expected, 9, 149), session.logProbabilities(TEXT, 10));
    }
  }

  @Test
  void probabilitiesAddUpToOne() {
    try (Session session = model.newSession()) {
      for (Prediction prediction : predict(session, TEXT, 1, 20)) {
        double sum = 0;
        for (int token = 0; token < prediction.vocabularySize(); token++) {
          double logProbability = prediction.logProbability(token);
          assertTrue(logProbability <= prediction.logProbability(prediction.likeliest()));
          sum += Math.exp(logProbability);
        }
        assertEquals(300, prediction.vocabularySize());
        assertEquals(1, sum, 1e-12);
      }
    }
  }

  @Test
  void knowsTheSoftmaxOfExtremeLogits() {
    Prediction even = new Prediction(1, new float[] {1e30f, 1e30f, -1e30f});
    assertEquals(0, even.likeliest(), "the lowest among equals");
    assertEquals(-Math.log(2), even.logProbability(1), 1e-15);
    assertEquals(-2e30, even.logProbability(2), 1e24);
    Prediction small = new Prediction(1, new float[] {0, (float) Math.log(3)});
    assertEquals(Math.log(0.25), small.logProbability(0), 1e-7);
    assertTrue(Double.isNaN(new Prediction(1, new float[] {0, Float.NaN}).logProbability(0)));
    assertThrows(IndexOutOfBoundsException.class, () -> small.logProbability(2));
  }

  @Test
  void refusesPlacesAndTokensThatDoNotExist() {
    try (Session session = model.newSession()) {
      for (int[] places : new int[][] {{0, 3}, {3, 2}, {1, 152}, {-1, 1}}) {
        assertThrows(
            IndexOutOfBoundsException.class, () -> predict(session, TEXT, places[0], places[1]));
      }
      assertThrows(IndexOutOfBoundsException.class, () -> session.logProbabilities(TEXT, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> session.logProbabilities(TEXT, 150));
      assertThrows(
          IllegalArgumentException.class, () -> session.logProbabilities(new int[] {1, 300}, 1));
      assertEquals(List.of(), predict(session, TEXT, 5, 5));
    }
  }

  @Test
  void refusesATextThatDoesNotFit() {
    SessionOptions options = SessionOptions.defaults().withContextLength(149);
    try (Session session = model.newSession(options)) {
      assertEquals(149, session.logProbabilities(TEXT, 1).length, "nothing follows the last token");
      ContextLengthException refusal =
          assertThrows(ContextLengthException.class, () -> predict(session, TEXT, 1, 151));
      assertEquals(150, refusal.requested());
    }
  }

  @Test
  void doesNotGoOnForSomebodyWhoseTurnIsOver() {
    SessionOptions options = SessionOptions.defaults().withBatchSize(4);
    try (Session session = model.newSession(options)) {
      Generation generation = session.start(TEXT, GREEDY);
      generation.next();
      double[] scores = session.logProbabilities(TEXT, 1);
      assertThrows(IllegalStateException.class, generation::next);
      assertThrows(
          IllegalStateException.class,
          () -> session.predict(TEXT, 1, 100, _ -> session.generate("a", GREEDY)));
      assertArrayEquals(scores, session.logProbabilities(TEXT, 1), "goes on with others");
    }
  }

  @Test
  void stopsWhenItsReaderClosesTheSession() {
    Session session = model.newSession(SessionOptions.defaults().withBatchSize(4));
    Generation generation = session.start(TEXT, GREEDY);
    generation.next();
    for (Executable use :
        List.<Executable>of(
            () -> session.predict(TEXT, 1, 100, _ -> session.close()),
            () -> session.logProbabilities(TEXT, 1),
            () -> assertFalse(generation.hasNext()))) {
      assertThrows(IllegalStateException.class, use);
    }
  }
}
