package dev.tern.train.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Configurations that are read, and what is said of those that cannot be.
class ConfigReaderTest {
  private static final String SMALL =
      """
      model: {hidden: 64, layers: 2, heads: 4}
      tokenizer: {size: 300}
      data: {train: story.txt}
      run: {steps: 1000}
      """;

  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("small.yaml"), text);
  }

  private TrainingConfig read(String text, String... overrides) throws IOException {
    return ConfigReader.read(file(text), List.of(overrides));
  }

  /// Expects a refusal: everything it says behind the folder.
  private void refused(String expected, String text, String... overrides) {
    ConfigException refusal = assertThrows(ConfigException.class, () -> read(text, overrides));
    assertEquals(expected, refusal.getMessage().replace(folder + "/", ""));
  }

  @Test
  void givesEverythingAStandardValueThatCanHaveOne() throws IOException {
    TrainingConfig config = read(SMALL);
    assertEquals("small", config.name());
    assertEquals(folder.resolve("runs").resolve("small"), config.output());
    assertEquals(
        new ModelSettings(
            BlockStyle.BITNET,
            WeightMethod.TERNARY,
            ActivationMethod.INT8,
            64,
            2,
            4,
            4,
            256,
            512,
            10_000,
            1e-5f,
            true),
        config.model());
    assertEquals(
        new TokenizerSettings.Learnt(TokenizerSettings.Kind.BYTE_LEVEL, 300), config.tokenizer());
    assertEquals(
        new DataSettings(
            List.of(
                new CorpusSettings(
                    folder.resolve("story.txt"), CorpusSettings.Format.TEXT, Optional.empty(), 1)),
            List.of(),
            0.01,
            true),
        config.data());
    assertEquals(
        new OptimizerSettings(1.5e-3, 1e-3, 50, 0.5, 0.1, 0.9, 0.95, 1e-8, 1), config.optimizer());
    assertEquals(QuantizationWarmUp.NONE, config.warmUp());
    assertEquals(Optional.empty(), config.initial());
    assertEquals(Optional.empty(), config.distillation());
    assertEquals(
        new RunSettings(1000, 8, 1, 42, 0, "cpu", 10, 250, 20, 500, 0, List.of()), config.run());
  }

  @Test
  void knowsWhatModelsInFullPrecisionNeed() throws IOException {
    TrainingConfig config = read(SMALL, "model.weights=full");
    assertEquals(BlockStyle.LLAMA, config.model().style());
    assertEquals(ActivationMethod.FULL, config.model().activations());
    assertEquals(5e-4, config.optimizer().peakLearningRate());
    assertEquals(1, config.optimizer().secondStageAt());
  }

  @Test
  void readsEveryKey() throws IOException {
    TrainingConfig config =
        read(
            """
            name: All of it
            output: /elsewhere/out
            model:
              style: llama
              weights: binary
              activations: int8
              hidden: 128
              layers: 3
              heads: 4
              kv_heads: 2
              feed_forward: 300
              context: 64
              rope_theta: 500_000
              norm_epsilon: 1e-6
              tied_embeddings: false
            tokenizer:
              path: ../tok
            data:
              train:
                - path: a.txt
                  separator: "\\n\\n"
                  repeat: 0.5
                - path: b.JSONL
                - {path: c.json, format: chat}
              validation: [v.txt, /w.txt]
              validation_share: 0
              isolate_documents: false
            optimizer:
              peak_learning_rate: 2e-3
              second_learning_rate: .001
              warm_up_steps: 7
              second_stage_at: 0.6
              weight_decay: 0.05
              beta1: 0.8
              beta2: 0.9
              epsilon: 1E-9
              clip_norm: 0
            warm_up: {curve: sigmoid, steps: 9}
            initial: ~/start
            distillation:
              teacher: teach
              weight: 0.25
              temperature: 2
              attention_weight: 1_000
              attention_layer: 1
            run:
              steps: 20_000
              sequences: 2
              accumulation: 3
              seed: -5_000_000_000
              threads: 1
              device: GPU
              log_every: 4
              evaluate_every: 5
              evaluation_batches: 6
              checkpoint_every: 7
              sample_every: 8
              sample_prompts: [yes, "12"]
            """);
    assertEquals("All of it", config.name());
    assertEquals(Path.of("/elsewhere/out"), config.output());
    assertEquals(
        new ModelSettings(
            BlockStyle.LLAMA,
            WeightMethod.BINARY,
            ActivationMethod.INT8,
            128,
            3,
            4,
            2,
            300,
            64,
            500_000,
            1e-6f,
            false),
        config.model());
    assertEquals(new TokenizerSettings.Existing(folder.resolveSibling("tok")), config.tokenizer());
    assertEquals(
        new DataSettings(
            List.of(
                new CorpusSettings(
                    folder.resolve("a.txt"), CorpusSettings.Format.TEXT, Optional.of("\n\n"), 0.5),
                new CorpusSettings(
                    folder.resolve("b.JSONL"),
                    CorpusSettings.Format.JSON_LINES,
                    Optional.empty(),
                    1),
                new CorpusSettings(
                    folder.resolve("c.json"), CorpusSettings.Format.CHAT, Optional.empty(), 1)),
            List.of(
                new CorpusSettings(
                    folder.resolve("v.txt"), CorpusSettings.Format.TEXT, Optional.empty(), 1),
                new CorpusSettings(
                    Path.of("/w.txt"), CorpusSettings.Format.TEXT, Optional.empty(), 1)),
            0,
            false),
        config.data());
    assertEquals(
        new OptimizerSettings(2e-3, 1e-3, 7, 0.6, 0.05, 0.8, 0.9, 1e-9, 0), config.optimizer());
    assertEquals(new QuantizationWarmUp(QuantizationWarmUp.Curve.SIGMOID, 9), config.warmUp());
    assertEquals(Optional.of(Path.of(System.getProperty("user.home"), "start")), config.initial());
    assertEquals(
        Optional.of(new DistillationSettings(folder.resolve("teach"), 0.25, 2, 1000, 1)),
        config.distillation());
    assertEquals(
        new RunSettings(
            20_000, 2, 3, -5_000_000_000L, 1, "gpu", 4, 5, 6, 7, 8, List.of("yes", "12")),
        config.run());
  }

  @Test
  void printsAnExampleThatIsRead() throws IOException {
    TrainingConfig config = read(ConfigReader.example());
    assertEquals("story", config.name());
    assertEquals(200, config.run().sampleEvery());
    assertEquals(folder.resolve("stories-train.txt"), config.data().train().getFirst().path());
  }

  @Test
  void theExampleShowsEveryKeyWithItsStandardValue() throws IOException {
    String example = ConfigReader.example();
    ConfigKeys.all()
        .forEach((section, keys) ->
            keys.forEach(
                key -> assertTrue(example.contains(key + ":"), "the example lacks " + key)));
    // What is commented out with a value changes nothing when it is not.
    String complete =
        example
            .lines()
            .map(line -> line.replaceFirst("^( +)# ([a-z_0-9]+: \\S+ *#)", "$1$2"))
            .map(line -> line.replaceFirst("^( +)# ([a-z_0-9]+: \\S+)$", "$1$2"))
            .reduce("", (a, b) -> a + b + "\n");
    assertFalse(complete.contains("# rope_theta"));
    assertEquals(read(example), read(complete));
  }

  @Test
  void namesFileLineAndTheNearestKey() {
    refused(
        "small.yaml:4: run.stepz is no setting; did you mean run.steps?",
        SMALL.replace("run: {steps", "run: {stepz"));
    refused("small.yaml:5: modle is no setting; did you mean model?", SMALL + "modle: 3\n");
    refused(
        "small.yaml:5: clip_norm is no setting; did you mean optimizer.clip_norm?",
        SMALL + "clip_norm: 3\n");
    refused(
        "small.yaml:7: warm_up.xyz is no setting; there are: curve, steps",
        SMALL + "\nwarm_up:\n  xyz: 3\n");
    refused(
        "small.yaml:3: data.train.paht is no setting; did you mean data.train.path?",
        SMALL.replace("story.txt", "{paht: story.txt}"));
  }

  @Test
  void refusesAKeyThatIsThereTwice() {
    refused(
        "small.yaml:5: the key run is there already, at small.yaml:4; one of them has to go",
        SMALL + "run: {steps: 3}\n");
  }

  @Test
  void refusesValuesOfAnotherKind() {
    String[][] wrong = {
      {"run.steps", "many", "'many' is not a whole number, such as 1000 or 1_000"},
      {"run.steps", "1e3", "'1e3' is not a whole number, such as 1000 or 1_000"},
      {"run.steps", "1__0", "'1__0' is not a whole number, such as 1000 or 1_000"},
      {"run.steps", "3000000000", "'3000000000' is not a whole number of at most 2147483647"},
      {
        "run.seed",
        "9".repeat(30),
        "'%s' is not a whole number of at most 9223372036854775807".formatted("9".repeat(30))
      },
      {"run.steps", "", "there is no value; write one value, or leave the key out"},
      {"run.steps", "[1]", "a list is not one value"},
      {"run.steps", "{a: 1}", "a group of settings is not one value"},
      {"model.rope_theta", "NaN", "'NaN' is not a number, such as 0.5 or 1.5e-3"},
      {"model.rope_theta", "0x10", "'0x10' is not a number, such as 0.5 or 1.5e-3"},
      {"model.tied_embeddings", "yes", "'yes' is not true or false"},
      {"model.weights", "quaternary", "'quaternary' is not ternary or binary or full"},
      {"tokenizer.kind", "wordpiece", "'wordpiece' is not byte_level or sentence_piece"},
      {"data.train", "[[a]]", "a list is not a path, or settings with one"},
      {"data.train", "['']", "'' is not the path of a file or folder"},
      {"run.sample_prompts", "[[a]]", "a list is not one text"},
      {"warm_up", "3", "'3' is not settings below it"},
    };
    for (String[] one : wrong) {
      ConfigException refusal =
          assertThrows(ConfigException.class, () -> read(SMALL, one[0] + "=" + one[1]), one[0]);
      String message = refusal.getMessage();
      assertTrue(message.startsWith("--set %s=%s: %s".formatted(one[0], one[1], one[0])), message);
      assertTrue(message.endsWith(": " + one[2]), message);
    }
    refused(
        "small.yaml:4: run.steps: 'many' is not a whole number, such as 1000 or 1_000",
        SMALL.replace("1000", "many"));
  }

  @Test
  void saysWhichSettingIsMissing() {
    for (String missing : List.of("hidden", "layers", "heads")) {
      refused(
          "small.yaml:1: model.%s is missing; 'tern train --example' prints a configuration with everything"
              .formatted(missing),
          SMALL.replaceFirst("%s: [0-9]+,? ?".formatted(missing), ""));
    }
    refused(
        "small.yaml:4: run.steps is missing; 'tern train --example' prints a configuration with everything",
        SMALL.replace("steps: 1000", ""));
    refused(
        "small.yaml:1: model.hidden is missing; 'tern train --example' prints a configuration with everything",
        "# nothing\n");
    refused(
        "small.yaml:3: data.train: there is nothing to learn from; name a file of text",
        SMALL.replace("train: story.txt", ""));
    refused(
        "small.yaml:5: distillation.teacher is missing; 'tern train --example' prints a configuration with everything",
        SMALL + "distillation: {weight: 1}\n");
  }

  @Test
  void putsThePlaceBeforeWhatTheSettingsThemselvesRefuse() {
    refused("small.yaml:4: run.steps: 0 is too small; at least 1", SMALL.replace("1000", "0"));
    refused(
        "small.yaml:1: model.hidden: 64 is no multiple of twice model.heads, which is 10",
        SMALL,
        "model.heads=5");
    refused(
        "--set run.device=tpu: run.device: tpu is neither cpu nor gpu", SMALL, "run.device=tpu");
    refused(
        "small.yaml:3: repeat of %s: 0.0 is not between 0.001 and 1000.0".formatted("story.txt"),
        SMALL.replace("story.txt", "{path: story.txt, repeat: 0}"));
    refused(
        "small.yaml:5: distillation.attention_layer: there is no layer 2; model.layers is 2, and the first is 0",
        SMALL + "distillation: {teacher: t, attention_layer: 2}\n");
    refused(
        "small.yaml:2: tokenizer.size: a tokenizer is either one that exists (path) or learnt (kind, size, marks)",
        SMALL.replace("size: 300", "size: 300, path: tok"));
    refused("small.yaml:5: name: a name has from 1 to 100 letters", SMALL + "name: ' '\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../up",
        "a/b",
        "a\\\\b",
        "a:b",
        "a\\tb",
        "a\\0b",
        ".hidden",
        "..",
        "checkpoints",
        "Tokenizer",
        "tokens",
        "log.csv"
      })
  void refusesANameThatNoModelFileCanHave(String name) {
    ConfigException refusal =
        assertThrows(ConfigException.class, () -> read(SMALL + "name: \"" + name + "\"\n"));
    String message = refusal.getMessage();
    assertTrue(message.contains("small.yaml:5: name: '"), message);
    assertTrue(message.chars().noneMatch(Character::isISOControl), message);
  }

  @Test
  void refusesWhatIsNoConfiguration() throws IOException {
    refused(
        "small.yaml:2: this is no YAML: expected ',' or ']', but got <stream end>", "a: [1,\nb: 2");
    refused(
        "small.yaml:1: this is no YAML: found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation)",
        "\tmodel: 1");
    refused("small.yaml:1: this is 'hello', not settings", "hello");
    refused("small.yaml:1: this is a list, not settings", "- a\n");
    refused(
        "small.yaml:3: another document begins here (---); a configuration is one",
        "name: a\n---\nname: b\n");
    refused(
        "small.yaml:2: an alias (*) is not understood; write the value out",
        "name: a\noutput: *x\n");
    refused("small.yaml is far too long for a configuration", "#".repeat(1_100_000));
    assertThrows(
        NoSuchFileException.class, () -> ConfigReader.read(folder.resolve("missing.yaml")));
    Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', (byte) 0xe4});
    assertThrows(CharacterCodingException.class, () -> ConfigReader.read(latin));
    String deep = "[".repeat(100_000);
    ConfigException refusal = assertThrows(ConfigException.class, () -> read(deep));
    assertTrue(refusal.getMessage().contains("this is no YAML"), refusal.getMessage());
  }

  @Test
  void letsTheCommandLineReplaceSettings() throws IOException {
    TrainingConfig config =
        read(
            SMALL,
            "run.steps=5",
            "optimizer.beta1=0.5",
            "run.sample_prompts=[One day, 'It was: a']",
            "data.train={path: other.txt, repeat: 2}",
            "name=a = b");
    assertEquals(5, config.run().steps());
    assertEquals(0.5, config.optimizer().beta1());
    assertEquals(List.of("One day", "It was: a"), config.run().samplePrompts());
    assertEquals("a = b", config.name());
    assertEquals(folder.resolve("runs").resolve("a _ b"), config.output());
    CorpusSettings corpus = config.data().train().getFirst();
    assertEquals(Path.of("other.txt").toAbsolutePath(), corpus.path());
    assertEquals(2, corpus.repeat());
    TrainingConfig second =
        read(SMALL, "data.train=[a.txt, {path: b.txt}]", "data.train.1.path=/c.txt");
    assertEquals(Path.of("/c.txt"), second.data().train().get(1).path());
    assertEquals(
        7,
        read(
                "model:\nrun: {steps: 7}",
                "model.hidden=64",
                "model.layers=1",
                "model.heads=1",
                "tokenizer.size=300",
                "data.train=x")
            .run()
            .steps());
  }

  @Test
  void refusesReplacementsThatFitNowhere() {
    refused(
        "--set run.stepz=5: run.stepz is no setting; did you mean run.steps?",
        SMALL,
        "run.stepz=5");
    refused("--set steps: write KEY=VALUE, for example run.steps=100", SMALL, "steps");
    refused("--set =1: write KEY=VALUE, for example run.steps=100", SMALL, "=1");
    refused(
        "--set run.steps.x=1: there is nothing below '1000' to set x of", SMALL, "run.steps.x=1");
    refused(
        "--set data.train.1.path=x: 1 is no number of an item; there are 1, from 0",
        SMALL.replace("story.txt", "[story.txt]"),
        "data.train.1.path=x");
    refused(
        "--set name=[a: this is no YAML: expected ',' or ']', but got <stream end>",
        SMALL,
        "name=[a");
  }
}
