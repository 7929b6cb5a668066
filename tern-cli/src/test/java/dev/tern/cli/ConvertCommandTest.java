package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConvertCommandTest {
  @TempDir Path folder;

  @Test
  void writesAFolderThatRunsAndAFileAgain() throws IOException {
    Path gguf = Models.tiny(folder);
    Path back = folder.resolve("back");
    Run export = Run.of("convert", gguf, back);
    assertEquals(ExitCode.OK, export.exitCode(), export.err());
    assertTrue(export.err().contains("U8 "), export.err());
    assertTrue(export.errLines().getLast().contains(" -> " + back), export.err());
    String expected = Run.of("run", gguf, "x", "-n", "4", "--temp", "0").out();
    Run fromFolder = Run.of("run", back, "x", "-n", "4", "--temp", "0");
    assertEquals(expected, fromFolder.out(), fromFolder.err());
    Path again = folder.resolve("again.gguf");
    Run convert = Run.of("convert", back, again, "--output-type", "IQ2_BN");
    assertEquals(ExitCode.OK, convert.exitCode(), convert.err());
    assertEquals(expected, Run.of("run", again, "x", "-n", "4", "--temp", "0").out());
    assertTrue(Run.of("show", back).out().contains("Hugging Face folder"));
  }

  @Test
  void splitsAFolderThatIsLargerThanAFileMayBe() throws IOException {
    Path gguf = Models.tiny(folder);
    Path back = folder.resolve("back");
    Run export = Run.of("convert", gguf, back, "--max-shard-size", "20 kB", "--verify");
    assertEquals(ExitCode.OK, export.exitCode(), export.err());
    assertTrue(export.out().contains("lossless"), export.out());
    assertTrue(Files.exists(back.resolve("model.safetensors.index.json")));
    assertTrue(Files.notExists(back.resolve("model.safetensors")));
    for (String size :
        new String[] {"0GB", "5 apples", "-1", "9999999TB", "", "99999999999999999999"}) {
      assertRefused(
          ExitCode.USAGE,
          "--max-shard-size: '%s' is no size".formatted(size),
          Run.of("convert", gguf, back, "--max-shard-size", size));
    }
    assertRefused(
        ExitCode.USAGE,
        "belongs to folders",
        Run.of("convert", gguf, folder.resolve("a.gguf"), "--max-shard-size", "5GB"));
  }

  @Test
  void readsSizesAsPeopleWriteThem() {
    assertEquals(5_000_000_000L, ByteCount.parse("5GB"));
    assertEquals(500_000_000L, ByteCount.parse("500 mb"));
    assertEquals(2L << 30, ByteCount.parse("2GiB"));
    assertEquals(1_000L, ByteCount.parse("1000"));
    assertEquals(3_000L, ByteCount.parse("3K"));
    assertEquals(7L, ByteCount.parse("7B"));
  }

  @Test
  void provesThatNothingWasLost() throws IOException {
    Path gguf = Models.tiny(folder);
    Run same = Run.of("convert", gguf, folder.resolve("same.gguf"), "--verify");
    assertEquals(ExitCode.OK, same.exitCode(), same.err());
    assertTrue(same.out().contains("lossless: every ternary value and scale equal"), same.out());
    assertTrue(same.out().contains("(100.00 %)"), same.out());
    Path rounded = folder.resolve("rounded.gguf");
    Run lossy = Run.of("convert", gguf, rounded, "--embedding-type", "Q8_0", "--verify");
    assertEquals(ExitCode.OK, lossy.exitCode(), lossy.err());
    assertTrue(lossy.out().contains("not lossless"), lossy.out());
    assertTrue(
        lossy.err().contains("what differs was asked for: the weights of 1 tensors are rounded\n"),
        lossy.err());
  }

  private static void assertRefused(int exitCode, String message, Run run) {
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void replacesNothingUnlessItIsTold() throws IOException {
    Path gguf = Models.tiny(folder);
    Path there = Files.writeString(folder.resolve("there.gguf"), "mine");
    assertRefused(ExitCode.BAD_FILE, "--force replaces it", Run.of("convert", gguf, there));
    assertEquals("mine", Files.readString(there));
    assertEquals(ExitCode.OK, Run.of("convert", gguf, there, "--force", "-q").exitCode());
    assertRefused(
        ExitCode.BAD_FILE,
        "it is a file; give the name of a folder",
        Run.of("convert", gguf, Files.writeString(folder.resolve("notes"), "mine"), "--force"));
    assertRefused(ExitCode.USAGE, "onto itself", Run.of("convert", gguf, gguf, "--force"));
  }

  @Test
  void refusesWhatItCannotDo() throws IOException {
    Path gguf = Models.tiny(folder);
    Path target = folder.resolve("target.gguf");
    assertRefused(
        ExitCode.USAGE,
        "--output-type: 'Q5' is not an encoding",
        Run.of("convert", gguf, target, "--output-type", "Q5"));
    assertRefused(
        ExitCode.USAGE,
        "does not end in .gguf",
        Run.of("convert", gguf, folder.resolve("back"), "--output-type", "I2_S"));
    assertRefused(
        ExitCode.BAD_FILE,
        "there is no file",
        Run.of("convert", folder.resolve("missing.gguf"), target));
    assertRefused(
        ExitCode.BAD_FILE,
        "there is no file " + folder.resolve("nowhere"),
        Run.of("convert", gguf, folder.resolve("nowhere/target.gguf")));
  }
}
