package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  /// Runs with the kernels that need no time to compile.
  private static Run generate(Object... more) {
    return generateFrom("", more);
  }

  private static Run generateFrom(String input, Object... more) {
    return Run.withInput(input, Run.concat(new Object[] {"run", "--kernels", "scalar"}, more));
  }

  @Test
  void takesThePromptFromWhereverItIsGiven() throws IOException {
    Path file = Files.writeString(folder.resolve("prompt.txt"), "Once upon\n");
    Run expected = generate(model, "Once upon", "-n", "4", "--temp", "0");
    assertEquals(0, expected.exitCode(), expected.err());
    assertTrue(expected.out().startsWith("Once upon"), expected.out());
    String text = expected.out();
    assertEquals(text, generate("-m", model, "-p", "Once upon", "-n", 4, "--temp", 0).out());
    assertEquals(text, generate("-m", model, "Once upon", "-n", 4, "--temp", 0).out());
    assertEquals(text, generate(model, "-f", file, "-n", 4, "--temp", 0).out());
    assertEquals(text, generateFrom("Once upon", model, "-n", 4, "--temp", 0).out());
    assertEquals(text, generateFrom("Once upon\n", model, "-n", 4, "--temp", 0).out());
    assertEquals(text, generateFrom("Once upon\r\n", model, "-n", 4, "--temp", 0).out());
  }

  @Test
  void closesWithOneLineThatSaysWhatRan() {
    Run run = generate(model, "Once", "-n", 3, "--temp", 0, "-t", 1);
    assertEquals(1, run.errLines().size(), run.err());
    String line = run.errLines().getFirst();
    assertTrue(
        line.matches(
            "tiny of random weights \\(bitnet-b1\\.58, I2_S\\) \\| scalar \\| 1 thread"
                + " \\| prompt 5 tok, [0-9.]+ tok/s \\| generated 3 tok, [0-9.]+ tok/s"
                + " \\| memory [0-9.]+ [kMG]B \\| stopped at -n"),
        line);
  }

  @Test
  void namesTheSeedWhereverChanceChose() {
    Run run = generate(model, "Once", "-n", 3, "--seed", 7);
    assertTrue(run.err().contains("| seed 7 |"), run.err());
    assertEquals(run.out(), generate(model, "Once", "-n", 3, "-s", 7).out());
    assertNotEquals(run.out(), generate(model, "Once", "-n", 3, "--seed", 8).out());
  }

  @Test
  void saysNothingBesidesTheTextWhenQuiet() {
    Run run = generate(model, "Once", "-n", 2, "--temp", 0, "-q");
    assertEquals("", run.err());
    assertEquals(0, run.exitCode());
  }

  @Test
  void leavesThePromptOutWhenAsked() {
    String whole = generate(model, "Once", "-n", 4, "--temp", 0).out();
    String rest = generate(model, "Once", "-n", 4, "--temp", 0, "--no-display-prompt").out();
    assertEquals(whole, "Once" + rest);
  }

  @Test
  void generatesNothingWithZeroTokensAndGoesOnWithMinusOne() {
    assertEquals("Once\n", generate(model, "Once", "-n", 0).out());
    Run full = generate(model, "Once", "-n", -1, "-c", 12, "--temp", 0, "--ignore-eos");
    assertEquals(0, full.exitCode());
    assertTrue(full.err().contains("the context is full"), full.err());
  }

  @Test
  void stopsBeforeAStopText() {
    String whole = generate(model, "Once", "-n", 8, "--temp", 0, "--no-display-prompt").out();
    int second = whole.offsetByCodePoints(0, 2);
    String stop = whole.substring(second, whole.offsetByCodePoints(second, 1));
    String head = whole.substring(0, whole.indexOf(stop));
    assertEquals(
        head + "\n",
        generate(model, "Once", "-n", 8, "--temp", 0, "--no-display-prompt", "-r", stop).out());
  }

  @Test
  void keepsToAGrammarOrSchema() throws IOException {
    Object[] plain = {model, "Once", "--seed", 1, "--no-display-prompt"};
    assertEquals("yes\n", generate(Run.concat(plain, "--grammar", "root ::= \"yes\"")).out());
    Path gbnf = Files.writeString(folder.resolve("a.gbnf"), "root ::= \"no\" # note\n");
    assertEquals("no\n", generate(Run.concat(plain, "--grammar-file", gbnf)).out());
    assertEquals("[1]\n", generate(Run.concat(plain, "-j", "{\"const\":[1]}")).out());
    Path schema = Files.writeString(folder.resolve("a.json"), "{\"const\":null}");
    assertEquals("null\n", generate(Run.concat(plain, "-jf", schema)).out());
  }

  @Test
  void refusesGrammarsThatAreWrongOrSeveral() throws IOException {
    Run wrong = generate(model, "Once", "--grammar", "root ::= [");
    assertEquals(2, wrong.exitCode());
    assertTrue(wrong.err().contains("--grammar: the grammar: line 1, column 10"), wrong.err());
    Path file = Files.writeString(folder.resolve("not.json"), "{\"not\":{}}");
    Run refused = generate(model, "Once", "--json-schema-file", file);
    assertEquals(2, refused.exitCode());
    assertTrue(refused.err().contains("not.json: "), refused.err());
    assertTrue(refused.err().contains("'not' is not enforced"), refused.err());
    Run several = generate(model, "Once", "-j", "{}", "--grammar", "root ::= \"a\"");
    assertEquals(2, several.exitCode());
    assertTrue(several.err().contains("only one at a time"), several.err());
  }

  @Test
  void beginsFromNothingWithAnEmptyPrompt() {
    Run run = generate(model, "", "-n", 2, "--temp", 0);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.err().contains("prompt 1 tok"), run.err());
  }

  @Test
  void takesPromptsThatLookLikeSomethingElse() {
    assertTrue(generate(model, "@home", "-n", 0).out().startsWith("@home"));
    assertTrue(generate(model, "-p", "-5 degrees", "-n", 0).out().startsWith("-5 degrees"));
    assertTrue(generate(model, "-n", 0, "--", "-5").out().startsWith("-5"));
    assertTrue(generate(model, "100%s ${x}", "-n", 0).out().startsWith("100%s ${x}"));
  }

  @Test
  void writesUtf8WhateverTheLocale() {
    assertTrue(generate(model, "Zoë 日本 😀", "-n", 0).out().startsWith("Zoë 日本 😀"));
  }

  @Test
  void answersAMessage() {
    Run plain = generate(model, "Hi", "-n", 2, "--temp", 0, "--no-display-prompt");
    Run chat = generate(model, "Hi", "-n", 2, "--temp", 0, "--chat");
    assertEquals(0, chat.exitCode(), chat.err());
    assertTrue(tokens(chat) > tokens(plain), chat.err());
    Run system = generate(model, "Hi", "-n", 2, "--temp", 0, "-sys", "Be brief");
    assertTrue(tokens(system) > tokens(chat), system.err());
    Run named = generate(model, "Hi", "-n", 2, "--temp", 0, "--chat-template", "bitnet");
    assertEquals(chat.out(), named.out());
  }

  private static int tokens(Run run) {
    String line = run.err().substring(run.err().indexOf("prompt ") + 7);
    return Integer.parseInt(line.substring(0, line.indexOf(' ')));
  }

  @Test
  void honoursEveryCacheTypeAndBatchSize() {
    String text = generate(model, "Once upon a time", "-n", 4, "--temp", 0).out();
    assertEquals(text, generate(model, "Once upon a time", "-n", 4, "--temp", 0, "-b", 3).out());
    Run half = generate(model, "Once upon", "-n", 4, "--temp", 0, "-ctk", "f16", "-ctv", "F16");
    assertEquals(0, half.exitCode(), half.err());
  }

  @Test
  void refusesAPromptThatDoesNotFitBeforePrintingIt() {
    Run run = generate(model, "x".repeat(600), "-n", 1);
    assertEquals(ExitCode.USAGE, run.exitCode());
    assertEquals("", run.out());
    assertEquals(
        "tern: The prompt has 601 tokens, but the context has room for 512: shorten the prompt or raise the context length\n",
        run.err());
  }

  @Test
  void refusesAPromptThatIsNotUtf8AndSaysWhere() throws IOException {
    byte[] bytes = {'a', 'b', (byte) 0xFF};
    Path file = Files.write(folder.resolve("latin1.txt"), bytes);
    Run fromFile = generate(model, "-f", file);
    assertEquals(ExitCode.BAD_FILE, fromFile.exitCode());
    assertTrue(fromFile.err().contains("latin1.txt: at byte 2: this is not UTF-8"), fromFile.err());
    Run fromInput = Run.withInput(bytes, "run", model);
    assertEquals(ExitCode.BAD_FILE, fromInput.exitCode());
    assertTrue(fromInput.err().contains("standard input: at byte 2"), fromInput.err());
  }

  @Test
  void refusesTwoPrompts() {
    assertEquals(ExitCode.USAGE, generate(model, "a", "-p", "b").exitCode());
    assertEquals(ExitCode.USAGE, generate(model, "Once", "upon").exitCode());
  }

  @Test
  void writesTheSameTextWithAnyNumberOfThreads() {
    Object[] one = {model, "Once", "-n", 6, "--seed", 3, "-t", 1};
    Object[] three = {model, "Once", "-n", 6, "--seed", 3, "-t", 3};
    assertEquals(generate(one).out(), generate(three).out());
    assertTrue(generate(three).err().contains("3 threads"));
  }
}
