package dev.tern.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.hub.PullEvent;
import dev.tern.train.checkpoint.CheckpointException;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.ConfigReader;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.data.DataException;
import dev.tern.train.export.ExportProof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingRunTest {
  private static final List<String> WORDS =
      List.of("the", "cat", "dog", "saw", "a", "red", "ball", "and", "ran", "home", "fast");

  @TempDir Path folder;
  private Path config;

  @BeforeEach
  void writeConfiguration() throws IOException {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    StringBuilder text = new StringBuilder();
    for (int story = 0; story < 120; story++) {
      for (int word = 0; word < 40; word++) {
        text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
      }
      text.append("\n<|endoftext|>\n");
    }
    Files.writeString(folder.resolve("text.txt"), text);
    config = folder.resolve("run.yaml");
    Files.writeString(
        config,
        """
        name: tiny
        output: run
        model: {style: bitnet, weights: ternary, hidden: 128, layers: 2, heads: 4, kv_heads: 2, feed_forward: 128, context: 32}
        tokenizer: {kind: byte_level, size: 280}
        data:
          train:
            - {path: text.txt, separator: "<|endoftext|>"}
          validation_share: 0.1
        optimizer: {peak_learning_rate: 3e-3, warm_up_steps: 4}
        run: {steps: 12, sequences: 4, accumulation: 2, threads: 1, evaluate_every: 6, checkpoint_every: 5}
        """);
  }

  private TrainingConfig read(String... overrides) throws IOException {
    return ConfigReader.read(config, List.of(overrides));
  }

  private static Seen train(TrainingConfig config, Start start) throws IOException {
    Seen seen = new Seen();
    try (TrainingRun run = TrainingRun.open(config, start, seen)) {
      seen.run = Optional.of(run);
      run.run();
    }
    return seen;
  }

  @Test
  void learnsAndWritesAModelThatIsTheNetwork() throws IOException {
    Seen seen = train(read("run.steps=40"), Start.FRESH);
    assertEquals(40, seen.steps.size());
    assertTrue(seen.steps.getLast().loss() < 0.6 * seen.steps.getFirst().loss());
    assertTrue(seen.evaluations.getLast().loss() < seen.evaluations.getFirst().loss());
    assertTrue(seen.evaluations.getLast().bitsPerByte() < 2.5);
    ExportProof proof = seen.proofs.getFirst();
    assertTrue(proof.sameWeights());
    assertEquals(14, proof.tensors());
    assertTrue(proof.sameTop() >= 0.98 * proof.predictions(), proof.toString());
    proof.closeCalls().forEach(call -> assertTrue(call.margin() < 0.05, proof.toString()));
    assertTrue(proof.predictions() > 300);
  }

  @ParameterizedTest
  @CsvSource({"bitnet, binary", "llama, ternary", "llama, binary", "llama, full"})
  void everyMethodIsServedAsItWasTrained(String style, String weights) throws IOException {
    Seen seen =
        train(
            read(
                "model.style=" + style,
                "model.weights=" + weights,
                "model.tied_embeddings=false",
                "run.steps=4"),
            Start.FRESH);
    ExportProof proof = seen.proofs.getFirst();
    assertEquals(0, proof.differentCodes());
    assertEquals(0, proof.differentScales());
    assertEquals(weights.equals("full") ? 0 : 14, proof.tensors());
    // Where they differ, int8 rounding was a tie or nearly one.
    assertTrue(proof.closeCalls().size() <= proof.predictions() / 50, proof.toString());
    proof.closeCalls().forEach(call -> assertTrue(call.margin() < 0.05, proof.toString()));
  }

  @Test
  void aResumedRunEqualsOneThatWasNotInterrupted() throws IOException {
    Seen whole = train(read(), Start.FRESH);
    byte[] expected = Files.readAllBytes(folder.resolve("run/tiny.gguf"));

    Seen first = new Seen();
    first.stopAfter = 7;
    TrainingConfig elsewhere = read("output=" + folder.resolve("other"));
    try (TrainingRun run = TrainingRun.open(elsewhere, Start.FRESH, first)) {
      first.run = Optional.of(run);
      run.run();
      assertFalse(run.isDone());
    }
    Seen second = train(elsewhere, Start.RESUME);

    List<Double> losses = new ArrayList<>();
    first.steps.forEach(step -> losses.add(step.loss()));
    second.steps.forEach(step -> losses.add(step.loss()));
    assertEquals(whole.steps.stream().map(StepReport::loss).toList(), losses);
    assertEquals(whole.evaluations.getLast(), second.evaluations.getLast());
    assertEquals(
        -1,
        java.util.Arrays.mismatch(expected, Files.readAllBytes(folder.resolve("other/tiny.gguf"))));
  }

  @Test
  void aRunThatLostItsLastCheckpointGoesOnFromTheOneBefore() throws IOException {
    train(read("run.steps=10"), Start.FRESH);
    Path checkpoints = folder.resolve("run/checkpoints");
    try (Stream<Path> files = Files.list(checkpoints.resolve("step-00000010"))) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    // What is left of a checkpoint that was being written when the machine went down.
    Files.move(checkpoints.resolve("step-00000010"), checkpoints.resolve("step-00000010.partial"));
    Seen seen = train(read("run.steps=10"), Start.RESUME);
    assertEquals(6, seen.steps.getFirst().step());
  }

  @Test
  void saysWhatToDoWithARunThatHasBegunOrNot() throws IOException {
    CheckpointException none =
        assertThrows(CheckpointException.class, () -> train(read(), Start.RESUME));
    assertTrue(none.getMessage().contains("no checkpoint"), none.getMessage());
    train(read(), Start.FRESH);
    CheckpointException begun =
        assertThrows(CheckpointException.class, () -> train(read(), Start.FRESH));
    assertTrue(begun.getMessage().contains("--resume"), begun.getMessage());
    assertEquals(1, train(read(), Start.RESTART).steps.getFirst().step());
  }

  @Test
  void aRestartThatIsRefusedKeepsTheCheckpoints() throws IOException {
    train(read("run.steps=5"), Start.FRESH);
    DataException refused =
        assertThrows(
            DataException.class, () -> train(read("data.train.0.path=absent.txt"), Start.RESTART));
    assertTrue(refused.getMessage().contains("absent.txt"), refused.getMessage());
    Path checkpoint = folder.resolve("run/checkpoints/step-00000005");
    assertTrue(Files.isDirectory(checkpoint));
    try (TrainingRun run = TrainingRun.open(read("run.steps=5"), Start.RESTART, new Seen())) {
      assertEquals(0, run.progress().step());
      assertFalse(Files.exists(checkpoint));
    }
  }

  @Test
  void twoRunsInOneFolderAreRefused() throws IOException {
    try (TrainingRun run = TrainingRun.open(read("run.steps=5"), Start.FRESH, new Seen())) {
      for (Start start : Start.values()) {
        CheckpointException taken =
            assertThrows(CheckpointException.class, () -> train(read("run.steps=5"), start));
        assertTrue(taken.getMessage().contains("another run"), taken.getMessage());
      }
      run.run();
    }
    assertEquals(5, train(read("run.steps=10"), Start.RESUME).steps.size());
  }

  @Test
  void aTokenizerIsLearntAsAWholeAndNotAgainWhenTheRunGoesOn() throws IOException {
    Path partial = Files.createDirectories(folder.resolve("run/tokenizer.partial"));
    Files.writeString(partial.resolve("tokenizer.json"), "{");
    train(read("run.steps=1"), Start.FRESH);
    assertFalse(Files.exists(partial));
    Files.move(folder.resolve("run/tokenizer"), folder.resolve("elsewhere"));
    CheckpointException gone =
        assertThrows(CheckpointException.class, () -> train(read("run.steps=2"), Start.RESUME));
    assertTrue(gone.getMessage().contains("tokenizer of this run is gone"), gone.getMessage());
    Files.move(folder.resolve("elsewhere"), folder.resolve("run/tokenizer"));
    assertEquals(2, train(read("run.steps=2"), Start.RESUME).steps.getFirst().step());
  }

  @Test
  void aCheckpointOfAnotherModelIsRefused() throws IOException {
    train(read(), Start.FRESH);
    CheckpointException other =
        assertThrows(CheckpointException.class, () -> train(read("model.hidden=64"), Start.RESUME));
    assertTrue(other.getMessage().contains("another configuration"), other.getMessage());
    ConfigException size =
        assertThrows(ConfigException.class, () -> train(read("tokenizer.size=300"), Start.RESUME));
    assertTrue(size.getMessage().contains("tokenizer.size"), size.getMessage());
  }

  /// Arrays of the same names and shapes do not make the same model.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "model.weights=binary",
        "model.heads=8",
        "model.rope_theta=500000",
        "model.norm_epsilon=1e-6",
        "model.tied_embeddings=false",
        "model.style=llama"
      })
  void aCheckpointOfAModelOfTheSameShapesIsRefusedByName(String other) throws IOException {
    train(read("run.steps=1", "model.kv_heads=4"), Start.FRESH);
    CheckpointException refused =
        assertThrows(
            CheckpointException.class,
            () -> train(read("run.steps=2", "model.kv_heads=4", other), Start.RESUME));
    String key = other.substring(0, other.indexOf('='));
    assertTrue(refused.getMessage().contains(key + " is "), refused.getMessage());
    assertTrue(refused.getMessage().contains("another configuration"), refused.getMessage());
  }

  @Test
  void aCheckpointWithMoreArraysThanTheModelIsRefused() throws IOException {
    train(read("run.steps=1", "model.tied_embeddings=false"), Start.FRESH);
    Path progress = folder.resolve("run/checkpoints/step-00000001/progress.json");
    String saved = Files.readString(progress);
    assertTrue(saved.contains("\"false\""), saved);
    Files.writeString(progress, saved.replace("\"false\"", "\"true\""));
    CheckpointException refused =
        assertThrows(CheckpointException.class, () -> train(read("run.steps=2"), Start.RESUME));
    assertTrue(refused.getMessage().contains("lm_head.weight"), refused.getMessage());
    Files.writeString(progress, "{\"step\": 1, \"tokens\": 1, \"seconds\": 1}");
    CheckpointException old =
        assertThrows(CheckpointException.class, () -> train(read("run.steps=2"), Start.RESUME));
    assertTrue(old.getMessage().contains("older version"), old.getMessage());
  }

  @Test
  void aSampleThatCannotBeWrittenIsANoticeAndTheRunGoesOn() throws IOException {
    String tooLong = "the cat saw a ball and ran home fast ".repeat(20);
    Seen seen =
        train(
            read(
                "run.steps=5",
                "run.sample_every=5",
                "run.sample_prompts=[" + tooLong + ", the dog]"),
            Start.FRESH);
    assertEquals(1, seen.notices.size(), seen.notices.toString());
    assertTrue(seen.notices.getFirst().contains("the cat saw"), seen.notices.toString());
    assertEquals(List.of("the dog"), seen.samples.stream().map(SampleReport::prompt).toList());
    assertTrue(seen.told.indexOf("checkpoint") < seen.told.indexOf("sampled"));
    assertEquals(1, seen.proofs.size());
  }

  @Test
  void aLossThatIsNoNumberEndsTheRunBeforeItDoesHarm() throws IOException {
    train(read("run.steps=5"), Start.FRESH);
    DivergedException diverged =
        assertThrows(
            DivergedException.class,
            () ->
                train(
                    read(
                        "run.steps=400",
                        "optimizer.peak_learning_rate=1e30",
                        "optimizer.second_learning_rate=1e30",
                        "optimizer.clip_norm=0"),
                    Start.RESUME));
    assertTrue(diverged.getMessage().contains("step-00000005"), diverged.getMessage());
  }

  @Test
  void beginsWithTheWeightsOfAModelInFullPrecisionAndLearnsFromIt() throws IOException {
    train(
        read(
            "model.style=llama",
            "model.weights=full",
            "output=" + folder.resolve("teacher"),
            "run.steps=12"),
        Start.FRESH);
    Path masters = folder.resolve("teacher/tiny");
    Seen seen =
        train(
            read(
                "tokenizer={path: " + masters + "}",
                "initial=" + masters,
                "distillation.teacher=" + masters,
                "distillation.weight=0.5",
                "distillation.attention_weight=0.1",
                "warm_up.steps=6"),
            Start.FRESH);
    // It begins where the teacher has ended, since nothing is rounded in the first step.
    assertTrue(seen.steps.getFirst().loss() < 4.2, seen.steps.toString());
    assertTrue(seen.proofs.getFirst().sameWeights());
  }

  private static final class Seen implements TrainingListener {
    private final List<StepReport> steps = new ArrayList<>();
    private final List<EvaluationReport> evaluations = new ArrayList<>();
    private final List<ExportProof> proofs = new ArrayList<>();
    private final List<SampleReport> samples = new ArrayList<>();
    private final List<String> notices = new ArrayList<>();
    private final List<String> told = new ArrayList<>();
    private Optional<TrainingRun> run = Optional.empty();
    private long stopAfter = Long.MAX_VALUE;

    @Override
    public void step(StepReport report) {
      steps.add(report);
      if (report.step() >= stopAfter) {
        run.orElseThrow().stop();
      }
    }

    @Override
    public void evaluated(EvaluationReport report) {
      evaluations.add(report);
    }

    @Override
    public void exported(Path gguf, ExportProof proof) {
      assertTrue(Files.isRegularFile(gguf));
      proofs.add(proof);
    }

    @Override
    public void fetching(PullEvent event) {}

    @Override
    public void unpacking(long done, long size) {}

    @Override
    public void preparing(String what, long done, long total) {}

    @Override
    public void beginning(RunOverview overview) {}

    @Override
    public void sampled(SampleReport report) {
      samples.add(report);
      told.add("sampled");
    }

    @Override
    public void checkpoint(long step, Path folder) {
      told.add("checkpoint");
    }

    @Override
    public void notice(String message) {
      notices.add(message);
    }
  }
}
