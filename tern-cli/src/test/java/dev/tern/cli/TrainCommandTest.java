package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `tern train` and the commands below it, as far as they go without the training engine.
class TrainCommandTest {
  @TempDir Path folder;
  private Path config;

  @BeforeEach
  void writeConfig() throws IOException {
    Files.writeString(folder.resolve("story.txt"), "One day a dog ran. ".repeat(400));
    config =
        Files.writeString(
            folder.resolve("small.yaml"),
            """
            model: {hidden: 64, layers: 2, heads: 4, context: 32}
            tokenizer: {size: 300}
            data: {train: story.txt}
            run: {steps: 1000}
            """);
  }

  private static void assertRefused(int exitCode, String message, Run run) {
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
  }

  @Test
  void printsAnExampleThatItReads() throws IOException {
    Run example = Run.of("train", "--example");
    assertEquals(ExitCode.OK, example.exitCode(), example.err());
    Path file = Files.writeString(folder.resolve("example.yaml"), example.out());
    Run preview =
        Run.of(
            "train",
            file,
            "--dry-run",
            "--set",
            "data.train.0.path=" + folder.resolve("story.txt"));
    assertEquals(ExitCode.OK, preview.exitCode(), preview.err());
    assertTrue(preview.out().contains("steps: 2000"), preview.out());
  }

  @Test
  void saysWhatARunWouldCome() {
    Run run = Run.of("train", config, "--dry-run", "--set", "run.steps=100", "-t", "3");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertTrue(run.out().contains("steps: 100"), run.out());
    assertTrue(run.out().contains("threads: 3"), run.out());
    // 300 * 64 for the embedding, and twice 4 * 64 * 64 + 3 * 64 * 256 + 3 * 64 + 256, and 64.
    assertTrue(run.err().contains("151.2 k parameters"), run.err());
    assertTrue(run.err().contains("256 tokens in a step, 25.6 k in 100 steps"), run.err());
    assertFalse(Files.exists(folder.resolve("runs")));
  }

  @Test
  void namesWhatIsWrongWithAConfiguration() {
    assertRefused(
        ExitCode.USAGE,
        "small.yaml:1: model.hidden: 64 is no multiple",
        Run.of("train", config, "--set", "model.heads=5"));
    assertRefused(
        ExitCode.USAGE,
        "run.stepz is no setting; did you mean run.steps?",
        Run.of("train", config, "--set", "run.stepz=5"));
    assertRefused(
        ExitCode.BAD_FILE,
        "there is no file " + folder.resolve("none.yaml"),
        Run.of("train", folder.resolve("none.yaml")));
    assertRefused(
        ExitCode.BAD_FILE,
        "missing.txt",
        Run.of("train", config, "--dry-run", "--set", "data.train=missing.txt"));
  }

  @Test
  void namesWhatIsWrongWithTheCommandLine() {
    assertRefused(ExitCode.USAGE, "the configuration is missing", Run.of("train"));
    assertRefused(
        ExitCode.USAGE, "name one of them", Run.of("train", config, "--resume", "--restart"));
    assertRefused(
        ExitCode.USAGE, "neither cpu nor gpu", Run.of("train", config, "--device", "tpu"));
    assertRefused(ExitCode.USAGE, "0 is too small", Run.of("train", config, "--threads", "0"));
  }

  @Test
  void refusesToGoOnWhereNothingHasBegun() {
    assertRefused(
        ExitCode.BAD_FILE,
        "there is no checkpoint to go on from",
        Run.of("train", config, "--resume"));
  }

  @Test
  void learnsTokenizers() throws IOException {
    Path out = folder.resolve("tokenizer");
    Object[] command = {
      "train", "tokenizer", "--size", "270", "--out", out, folder.resolve("story.txt")
    };
    Run run = Run.of(command);
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertTrue(Files.isRegularFile(out.resolve("tokenizer.json")));
    assertRefused(ExitCode.USAGE, "--force replaces it", Run.of(command));
    assertEquals(ExitCode.OK, Run.of(Run.concat(command, "--force", "-q")).exitCode());
    Path other = folder.resolve("other");
    Run sentencePiece =
        Run.of(
            "train",
            "tokenizer",
            "--kind",
            "sentencepiece",
            "--size",
            "270",
            "--out",
            other,
            folder.resolve("story.txt"));
    assertEquals(ExitCode.OK, sentencePiece.exitCode(), sentencePiece.err());
    assertTrue(Files.isRegularFile(other.resolve("tokenizer.model")));
  }

  @Test
  void refusesTokenizersThatCannotBe() {
    Path text = folder.resolve("story.txt");
    assertRefused(
        ExitCode.USAGE,
        "--kind: 'wordpiece' is neither",
        Run.of("train", "tokenizer", "--kind", "wordpiece", "--size", 300, "--out", folder, text));
    assertRefused(
        ExitCode.USAGE,
        "5 is too small",
        Run.of("train", "tokenizer", "--size", 5, "--out", folder.resolve("t"), text));
    assertRefused(
        ExitCode.BAD_FILE,
        "there is no such file",
        Run.of("train", "tokenizer", "--size", 300, "--out", folder.resolve("t"), "missing.txt"));
  }

  @Test
  void drawsRuns() throws IOException {
    for (String run : new String[] {"a", "b"}) {
      Path log = Files.createDirectories(folder.resolve(run)).resolve("log.jsonl");
      Files.writeString(log, "{\"step\":1,\"tokens\":64,\"loss\":3.0,\"seconds\":1}\n");
    }
    Path picture = folder.resolve("both.png");
    Run run =
        Run.of(
            "train",
            "plot",
            folder.resolve("a"),
            folder.resolve("b"),
            "-o",
            picture,
            "--x",
            "time");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertEquals(picture.toString(), run.out().strip());
    assertTrue(Files.size(picture) > 1000);
    assertRefused(
        ExitCode.USAGE,
        "neither .png nor .svg",
        Run.of("train", "plot", folder.resolve("a"), "-o", "loss.pdf"));
    assertRefused(
        ExitCode.BAD_FILE, "is no folder of a run", Run.of("train", "plot", folder, "-o", picture));
  }

  private Run train(String[] settings, Object... more) {
    List<Object> words = new ArrayList<>(List.of("train", config, "-t", "1"));
    words.addAll(List.of(more));
    for (String setting : settings) {
      words.add("--set");
      words.add(setting);
    }
    return Run.of(words.toArray());
  }

  @Test
  void trainsAModelThatRunsAndIsExportedAgainFromItsCheckpoint() throws IOException {
    Path run = folder.resolve("runs/small");
    String[] settings = {
      "run.steps=3", "tokenizer.size=264", "data.validation_share=0", "model.hidden=128"
    };
    Run trained = train(settings);
    assertEquals(ExitCode.OK, trained.exitCode(), trained.err());
    Path gguf = Path.of(trained.out().strip());
    assertEquals(run.resolve("small.gguf").toRealPath(), gguf.toRealPath());
    assertTrue(Files.isRegularFile(run.resolve("loss.png")));
    assertTrue(trained.err().contains("in 3 steps"), trained.err());
    Run text = Run.of("run", gguf, "One day", "-n", "4", "--temp", "0", "--kernels", "scalar");
    assertEquals(ExitCode.OK, text.exitCode(), text.err());

    byte[] first = Files.readAllBytes(gguf);
    Files.delete(gguf);
    Run exported = train(settings, "--export");
    assertEquals(ExitCode.OK, exported.exitCode(), exported.err());
    assertEquals(-1, Arrays.mismatch(first, Files.readAllBytes(gguf)));

    assertRefused(ExitCode.BAD_FILE, "--resume", Run.of("train", config));
    assertRefused(
        ExitCode.USAGE, "leave out --resume", Run.of("train", config, "--export", "--resume"));
  }

  /// All commands are there when help is printed, but the libraries of training only when somebody
  /// trains: no signature of these classes, lambdas included, may need them.
  @Test
  void areKnownWithoutTheLibrariesOfTraining() {
    for (Class<?> command :
        List.of(TrainCommand.class, TrainTokenizerCommand.class, TrainPlotCommand.class)) {
      Stream<Class<?>> types =
          Stream.concat(
              Arrays.stream(command.getDeclaredMethods())
                  .flatMap(method ->
                      Stream.concat(
                          Stream.of(method.getReturnType()),
                          Arrays.stream(method.getParameterTypes()))),
              Arrays.stream(command.getDeclaredFields()).map(Field::getType));
      assertEquals(
          List.of(),
          types.filter(type -> type.getName().startsWith("dev.tern.train")).toList(),
          command.getName());
    }
  }
}
