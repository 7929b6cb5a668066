package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Every mistake gets one sentence, its documented exit code, and no stack trace.
class CommandLineErrorsTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  private static void assertRefused(int exitCode, String message, Run run) {
    assertEquals(exitCode, run.exitCode(), run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    assertTrue(run.errLines().size() <= 2, run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "chat", "show", "tokenize", "doctor", "bench"})
  void aMissingFileIsNamed(String command) {
    Path missing = folder.resolve("missing.gguf");
    assertRefused(ExitCode.BAD_FILE, "tern: there is no file " + missing, Run.of(command, missing));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "chat", "show", "doctor", "bench"})
  void aFolderWithoutAModelIsToldWhatBelongsInIt(String command) {
    String message = folder + ": there is no config.json in this folder";
    assertRefused(ExitCode.BAD_FILE, message, Run.of(command, folder));
  }

  @Test
  void aFileThatIsNoModelIsSaidToBeNone() throws IOException {
    Path empty = Files.write(folder.resolve("empty.gguf"), new byte[0]);
    assertRefused(ExitCode.BAD_FILE, "empty.gguf: at byte 0", Run.of("run", empty, "x"));
    Path text = Files.writeString(folder.resolve("notes.txt"), "These are notes, not weights.\n");
    assertRefused(ExitCode.BAD_FILE, "this is not a GGUF file", Run.of("run", text, "x"));
    assertRefused(ExitCode.BAD_FILE, "this is not a GGUF file", Run.of("show", text));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.001, 0.01, 0.3, 0.7, 0.99})
  void aTruncatedModelIsDamaged(double share) throws IOException {
    Path truncated = Models.truncated(folder, share);
    assertRefused(ExitCode.BAD_FILE, "truncated.gguf: at byte ", Run.of("run", truncated, "x"));
    assertRefused(ExitCode.BAD_FILE, "truncated.gguf: at byte ", Run.of("show", truncated));
  }

  @ParameterizedTest
  @CsvSource({"38, TL1", "39, TL2", "99, 99"})
  void anEncodingThatTernDoesNotReadIsNamed(int wireId, String name) throws IOException {
    Path path = Models.withTensorType(folder, wireId);
    assertRefused(ExitCode.UNSUPPORTED, "blk.0.attn_q.weight", Run.of("run", path, "x"));
    assertTrue(Run.of("run", path, "x").err().contains(name));
  }

  @Test
  void anUnknownArchitectureIsNamed() throws IOException {
    Path path = Models.ofArchitecture(folder, "mamba");
    assertRefused(ExitCode.UNSUPPORTED, "mamba", Run.of("run", path, "x"));
  }

  @Test
  void aModelWithoutTemplateCannotChat() throws IOException {
    Path path = Models.withoutTemplate(folder);
    assertRefused(ExitCode.UNSUPPORTED, "--chat-template", Run.withInput("hi\n", "chat", path));
    assertRefused(ExitCode.UNSUPPORTED, "--chat-template", Run.of("run", path, "hi", "--chat"));
    assertRefused(
        ExitCode.USAGE,
        "there is no chat template 'nonsense'",
        Run.of("run", model, "hi", "--chat-template", "nonsense"));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "-c, 100000, the model was trained for 512",
        "-c, -5, -c: the context length must be at least 1",
        "-t, -7, -t: threads must be from 1 to 1024",
        "-l, 300+1, the vocabulary has tokens 0 to 299",
        "--temp, hot, 'hot' is not a number",
        "-n, many, 'many' is not a whole number",
        "-n, 99999999999, is not a whole number from",
        "-n, 010x, '010x' is not",
        "-ctk, q8_0, 'q8_0'",
        "--kernels, cuda, 'cuda'",
        "--tmep, 0, there is no option '--tmep'; did you mean --temp?",
        "-ngl, 99, there is no option '-ngl'",
        "--mirostat, 2, there is no option '--mirostat'"
      })
  void anOptionThatCannotBeHonouredIsNamed(String option, String value, String message) {
    assertRefused(ExitCode.USAGE, message, Run.of("run", model, "Once", option, value));
  }

  @Test
  void leadingZerosDoNotMakeANumberOctal() {
    assertTrue(
        Run.of("run", "--kernels", "scalar", model, "a", "-n", "010", "--ignore-eos")
            .err()
            .contains("ed 10 tok"));
  }

  @Test
  void anOptionWithoutItsValueIsNamed() {
    assertRefused(ExitCode.USAGE, "--temp", Run.of("run", model, "Once", "--temp"));
  }

  @Test
  void aTextThatBeginsWithADashGetsAdvice() {
    assertRefused(ExitCode.USAGE, "behind -- or", Run.of("run", model, "-5 degrees outside"));
  }

  @Test
  void anUnknownCommandGetsAGuess() {
    assertRefused(ExitCode.USAGE, "no command 'rnu'; did you mean run?", Run.of("rnu", model));
    assertRefused(ExitCode.USAGE, "there is no command 'xyzzy'\n", Run.of("xyzzy"));
    assertRefused(ExitCode.USAGE, "a command is missing", Run.of());
    assertRefused(ExitCode.USAGE, "the model is missing", Run.of("chat"));
    assertRefused(ExitCode.USAGE, "the model is given twice", Run.of("chat", model, "-m", model));
    assertRefused(ExitCode.USAGE, "'b' is one argument too many", Run.of("doctor", model, "b"));
    assertRefused(ExitCode.USAGE, "MODEL", Run.of("show"));
  }

  @Test
  void aMessageFromAFileStaysOneLine() throws IOException {
    Path path = Models.ofArchitecture(folder, "evil\n\u001b[31m");
    Run run = Run.of("run", path, "x");
    assertEquals(1, run.errLines().size(), run.err());
    assertTrue(run.err().contains("evil\\n\\u001b"), run.err());
  }

  @Test
  void aReaderThatWentAwayIsNoError() {
    assertEquals(ExitCode.OUTPUT_CLOSED, withFailingOutput("Broken pipe").exitCode());
    assertEquals("", withFailingOutput("Broken pipe").err());
  }

  @Test
  void outputThatCannotBeWrittenIsAnError() {
    Run run = withFailingOutput("No space left on device");
    assertEquals(ExitCode.BAD_FILE, run.exitCode());
    assertEquals("tern: standard output cannot be written: No space left on device\n", run.err());
  }

  private static Run withFailingOutput(String why) {
    OutputStream failing =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException(why);
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        Run.streams(new ByteArrayInputStream(new byte[0]), failing, err, false, Map.of());
    String[] args = {"run", model.toString(), "Once", "-q"};
    return new Run(Main.run(args, streams), "", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void tooLittleMemoryIsSaidWithoutAStackTrace() {
    StringWriter err = new StringWriter();
    int exitCode =
        Failures.report(new OutOfMemoryError("Java heap space"), new PrintWriter(err, true));
    assertEquals(ExitCode.NO_MEMORY, exitCode);
    assertTrue(err.toString().startsWith("tern: not enough memory (Java heap space): use"));
    assertEquals(1, err.toString().lines().count());
  }

  @Test
  void aDefectIsCalledOne() {
    StringWriter err = new StringWriter();
    assertEquals(
        ExitCode.INTERNAL_ERROR,
        Failures.report(new IllegalStateException("x"), new PrintWriter(err, true)));
    assertTrue(err.toString().contains("This is a defect of Tern."), err.toString());
  }
}
