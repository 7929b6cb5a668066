package dev.tern.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.Prediction;
import dev.tern.Session;
import dev.tern.TernModel;
import dev.tern.eval.OutputComparison.Divergence;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputMeasurementTest {
  private static final SyntheticModel TINY = SyntheticModel.of(SyntheticShape.TINY);

  @TempDir static Path folder;

  private static TernModel model;
  private static TernModel other;

  @BeforeAll
  static void load() throws IOException {
    model = load("one", TINY, 1);
    other =
        load(
            "other",
            new SyntheticModel(SyntheticShape.TINY, TensorType.I2_S, TensorType.F16, 2),
            2);
  }

  @AfterAll
  static void close() {
    model.close();
    other.close();
  }

  private static TernModel load(String name, SyntheticModel description, int threads)
      throws IOException {
    Path path = folder.resolve(name + ".gguf");
    description.write(path);
    return TernModel.load(
        path, LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(threads));
  }

  @Test
  void aModelDoesNotDifferFromItself() {
    List<String> texts = OutputMeasurement.builtInTexts();
    assertTrue(texts.size() >= 10, "the built-in texts");
    OutputComparison same = OutputMeasurement.of(model, model, 4).run(texts, _ -> {});
    assertEquals(new Divergence(0, 0), same.firstFromSecond());
    assertEquals(new Divergence(0, 0), same.secondFromFirst());
    assertEquals(0, same.largestLogitDifference());
    assertEquals(0, same.rmsLogitDifference());
    assertEquals(1, same.agreement());
    assertEquals(texts, same.greedy().stream().map(GreedyComparison::text).toList());
    assertTrue(same.greedy().stream().allMatch(each -> each.firstDifference().isEmpty()));
  }

  @Test
  void measuresDivergencesByTheirDefinition() {
    String text = "Two models, one text.";
    int[] tokens = model.tokenizer().encode(text, EncodeOptions.PROMPT);
    List<Prediction> first = predictions(model, tokens);
    List<Prediction> second = predictions(other, tokens);
    double forward = 0;
    double backward = 0;
    double squares = 0;
    double largest = 0;
    int same = 0;
    for (int i = 0; i < tokens.length; i++) {
      same += first.get(i).likeliest() == second.get(i).likeliest() ? 1 : 0;
      for (int token = 0; token < 300; token++) {
        double p = first.get(i).logProbability(token);
        double q = second.get(i).logProbability(token);
        forward += Math.exp(p) * (p - q);
        backward += Math.exp(q) * (q - p);
        double difference = first.get(i).logit(token) - second.get(i).logit(token);
        squares += difference * difference;
        largest = Math.max(largest, Math.abs(difference));
      }
    }
    OutputComparison compared = OutputMeasurement.of(model, other, 8).run(List.of(text), _ -> {});
    assertEquals(tokens.length, compared.positions());
    assertEquals(forward / tokens.length, compared.firstFromSecond().mean(), 1e-9);
    assertEquals(backward / tokens.length, compared.secondFromFirst().mean(), 1e-9);
    assertTrue(compared.firstFromSecond().largest() > compared.firstFromSecond().mean());
    assertEquals(largest, compared.largestLogitDifference(), 1e-6);
    assertEquals(Math.sqrt(squares / tokens.length / 300), compared.rmsLogitDifference(), 1e-6);
    assertEquals(same, compared.sameLikeliest());
    // The other way round everything is the same but the directions.
    OutputComparison reversed = OutputMeasurement.of(other, model, 8).run(List.of(text), _ -> {});
    assertEquals(compared.firstFromSecond(), reversed.secondFromFirst());
    assertEquals(compared.secondFromFirst(), reversed.firstFromSecond());
  }

  private static List<Prediction> predictions(TernModel model, int[] tokens) {
    List<Prediction> predictions = new ArrayList<>();
    try (Session session = model.newSession()) {
      session.predict(tokens, 1, tokens.length + 1, predictions::add);
    }
    return predictions;
  }

  @Test
  void findsTheFirstTokenThatIsAnother() {
    GreedyComparison same = new GreedyComparison("x", List.of(1, 2), List.of(1, 2));
    assertEquals(OptionalInt.empty(), same.firstDifference());
    assertEquals(
        OptionalInt.of(1),
        new GreedyComparison("x", List.of(1, 2), List.of(1, 3)).firstDifference());
    assertEquals(
        OptionalInt.of(1), new GreedyComparison("x", List.of(1), List.of(1, 3)).firstDifference());
  }

  @Test
  void cutsLongTextsAndGoesOnBehindShortOnesOnly() {
    String text = "a".repeat(1200);
    List<Long> places = new ArrayList<>();
    OutputComparison compared =
        OutputMeasurement.of(model, other, 4).run(List.of(text, "b"), places::add);
    // 511 characters and the first token, twice, then the rest; then two tokens.
    assertEquals(512 + 512 + 179 + 2, compared.positions());
    assertEquals(List.of(512L, 1024L, 1203L, 1205L), places);
    assertEquals(1, compared.greedy().size());
    assertEquals(4, compared.greedy().getFirst().first().size());
  }

  @Test
  void refusesModelsOfDifferentVocabularies() throws IOException {
    SyntheticShape tiny = SyntheticShape.TINY;
    SyntheticShape larger =
        new SyntheticShape(
            "larger", tiny.architecture(), 128, 256, 2, 4, 2, 32, 301, 512, 10_000, 1e-5f);
    try (TernModel foreign = load("larger", SyntheticModel.of(larger), 1)) {
      IllegalArgumentException refusal =
          assertThrows(
              IllegalArgumentException.class, () -> OutputMeasurement.of(model, foreign, 4));
      assertTrue(refusal.getMessage().contains("of 300 and 301 tokens"), refusal.getMessage());
    }
    assertThrows(IllegalArgumentException.class, () -> OutputMeasurement.of(model, other, -1));
    OutputMeasurement measurement = OutputMeasurement.of(model, other, 4);
    assertThrows(IllegalArgumentException.class, () -> measurement.run(List.of(), _ -> {}));
  }
}
