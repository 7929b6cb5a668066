package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What happens where no model is named, or the one that comes with Tern.
class BuiltInModelTest {
  @TempDir static Path cache;

  private static Run run(Object... more) {
    return Run.withEnvironment(
        Map.of("XDG_CACHE_HOME", cache.toString()), Run.concat(new Object[] {"run"}, more));
  }

  @Test
  void tellsAStoryAndSaysWho() {
    Run run = run("-n", 30, "--temp", 0);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().startsWith(BuiltInModel.PROMPT), run.out());
    assertTrue(run.out().split(" ").length > 15, run.out());
    assertTrue(run.err().startsWith("note: no model is named, so this is tern-story"), run.err());
  }

  @Test
  void takesATextOfSeveralWordsForThePrompt() {
    Run run = run("The little dog was", "-n", 5, "--temp", 0);
    assertTrue(run.out().startsWith("The little dog was"), run.out());
    assertEquals(run.out(), run("tern-story", "The little dog was", "-n", 5, "--temp", 0).out());
    Run named = run("-m", "tern-story", "-p", "The little dog was", "-n", 5, "--temp", 0);
    assertEquals(run.out(), named.out());
    assertFalse(named.err().contains("no model is named"), named.err());
  }

  @Test
  void takesOneWordForAModel() {
    Run run = run("Once");
    assertTrue(run.exitCode() != 0 && run.err().contains("Once"), run.err());
    assertTrue(run("missing model.gguf").err().contains("missing model.gguf"));
  }

  @Test
  void isShownAndTokenizedByItsName() throws IOException {
    Run show =
        Run.withEnvironment(Map.of("XDG_CACHE_HOME", cache.toString()), "show", BuiltInModel.NAME);
    assertTrue(show.out().contains("I2_S"), show.out() + show.err());
    try (Stream<Path> files = Files.list(cache.resolve("tern/models"))) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void aFileOfThatNameWins() throws IOException {
    Path file = Path.of(BuiltInModel.NAME);
    Files.writeString(file, "no model");
    try {
      Run run = run(BuiltInModel.NAME, "Once upon a time");
      assertTrue(run.err().contains("GGUF"), run.err());
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void saysWhatToDoWhereTheCacheCannotBeWritten() throws IOException {
    Path file = Files.writeString(cache.resolve("file"), "no folder");
    Run run = Run.withEnvironment(Map.of("XDG_CACHE_HOME", file.toString()), "run");
    assertEquals(ExitCode.BAD_FILE, run.exitCode(), run.err());
    assertTrue(run.err().contains("set XDG_CACHE_HOME"), run.err());
  }
}
