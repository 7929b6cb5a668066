package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.KernelChoice;
import dev.tern.kernel.KernelProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `show`, `tokenize`, `doctor`, `completion` and the helps.
class InspectionCommandsTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  @Test
  void showListsMetadataTensorsAndWhatTheyAreFor() {
    Run run = Run.of("show", model);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.err());
    assertTrue(run.out().contains("bitnet-b1.58: 2 layers of 128"), run.out());
    assertTrue(run.out().contains("general.name = \"tiny of random weights\""), run.out());
    assertTrue(run.out().contains("tokenizer.ggml.tokens = [\"Ā\", \"ā\", "), run.out());
    String query =
        run.outLines().stream().filter(l -> l.contains("blk.1.attn_q.weight")).findFirst().get();
    assertTrue(query.contains("[128, 128]  I2_S"), query);
    assertTrue(query.contains("ternary x int8"), query);
  }

  @Test
  void showSaysTheSameAsJson() {
    JsonNode root = JSON.readTree(Run.of("show", model, "--json").out());
    assertEquals(model.toString(), root.get("file").asString());
    assertEquals(128, root.get("config").get("hiddenSize").asInt());
    assertEquals(300, root.get("metadata").get("tokenizer.ggml.tokens").size());
    JsonNode tensor = root.get("tensors").get(0);
    assertEquals("token_embd.weight", tensor.get("name").asString());
    assertEquals(List.of(300, 128), shape(tensor));
    assertEquals("F16", tensor.get("encoding").asString());
    assertEquals(300 * 128 * 2, tensor.get("bytes").asInt());
    assertEquals(16.0, tensor.get("bitsPerWeight").asDouble());
    assertFalse(root.has("obstacle"));
  }

  private static List<Integer> shape(JsonNode tensor) {
    return List.of(tensor.get("shape").get(0).asInt(), tensor.get("shape").get(1).asInt());
  }

  @Test
  void showSaysWhyAModelCannotBeRun() throws IOException {
    Path foreign = Models.withTensorType(folder, 38);
    Run run = Run.of("show", foreign);
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.out().contains("Tern cannot run this model: "), run.out());
    assertTrue(JSON.readTree(Run.of("show", foreign, "--json").out()).has("obstacle"));
  }

  @Test
  void tokenizePrintsIdsAndPieces() {
    assertEquals(
        List.of("     296  <|begin_of_text|>", "     104  h", "     105  i"),
        Run.of("tokenize", model, "hi").outLines());
    assertEquals("296 104 105\n", Run.of("tokenize", model, "hi", "--ids").out());
    assertEquals("104 105\n", Run.of("tokenize", model, "hi", "--ids", "--no-bos").out());
    assertEquals(
        "104 105 10\n", Run.withInput("hi\n", "tokenize", model, "--ids", "--no-bos").out());
  }

  @Test
  void tokenizeKnowsSpecialTokensUnlessToldNotTo() {
    assertEquals("298\n", Run.of("tokenize", model, "<|eot_id|>", "--ids", "--no-bos").out());
    Run plain = Run.of("tokenize", model, "<|eot_id|>", "--ids", "--no-bos", "--no-parse-special");
    assertEquals(10, plain.out().split(" ").length);
  }

  @Test
  void tokenizeSpeaksJson() {
    JsonNode tokens = JSON.readTree(Run.of("tokenize", model, "hi", "--json").out());
    assertEquals(3, tokens.size());
    assertEquals(296, tokens.get(0).get("id").asInt());
    assertTrue(tokens.get(0).get("control").asBoolean());
    assertEquals("h", tokens.get(1).get("piece").asString());
  }

  @Test
  void decodingGivesTheTextBack() throws IOException {
    String text = "Zoë, 日本\n😀";
    Path file = Files.writeString(folder.resolve("text.txt"), text);
    String ids = Run.of("tokenize", model, "-f", file, "--ids", "--no-bos").out();
    assertEquals(text + "\n", Run.withInput(ids, "tokenize", model, "--decode").out());
    assertEquals("hi\n", Run.of("tokenize", model, "--decode", "[104, 105]").out());
  }

  @Test
  void tokenizeRefusesWhatItCannotHonour() {
    for (Object[] args :
        new Object[][] {
          {"tokenize", model, "300", "--decode"},
          {"tokenize", model, "x", "--decode"},
          {"tokenize", model, "72", "--decode", "--ids"},
          {"tokenize", model, "72", "--decode", "--no-bos"},
          {"tokenize", model, "hi", "--ids", "--json"},
          {"tokenize", model, "hi", "-f", "file"}
        }) {
      assertEquals(ExitCode.USAGE, Run.of(args).exitCode(), List.of(args).toString());
    }
  }

  @Test
  void doctorFindsASoundModelInOrder() {
    Run run = Run.of("doctor", model);
    assertEquals(0, run.exitCode(), run.out());
    assertTrue(run.out().contains("bit for bit: all equal"), run.out());
    assertTrue(run.out().contains("it is the same with the scalar definition"), run.out());
    assertTrue(
        run.out().matches("(?s).*\nZeros       squared ReLU shuts [3-6]\\d\\.\\d % of the gates.*"),
        run.out());
    assertTrue(run.out().contains("left out while generating (--skip-zeros): no\n"), run.out());
    assertTrue(run.out().endsWith("Everything is in order.\n"), run.out());
  }

  @Test
  void doctorComparesAllKernelsThatThisMachineCanRun() {
    String automatic = Run.of("doctor").out();
    for (KernelChoice choice : List.of(KernelChoice.X86, KernelChoice.VECTOR)) {
      if (KernelProvider.obstacle(choice).isEmpty()) {
        String name = KernelProvider.select(choice).kernels().description();
        assertTrue(automatic.contains("Self-test   " + name + ": "), name + "\n" + automatic);
      }
    }
  }

  @Test
  void doctorComparesWhateverLayoutIsAskedForWithTheDefinition() {
    assumeTrue(
        KernelProvider.select(KernelChoice.AUTO).kernels().readsTriples(),
        "the kernels of this machine read no triples");
    Run run = Run.of("doctor", model, "--ternary-layout", "TRIPLES", "--skip-zeros", "AUTO");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertTrue(run.out().contains("it is the same with the scalar definition"), run.out());
  }

  @Test
  void doctorReturnsItsOwnCodeForADamagedModel() throws IOException {
    Run run = Run.of("doctor", Models.truncated(folder, 0.5));
    assertEquals(ExitCode.CHECK_FAILED, run.exitCode());
    assertTrue(run.out().contains("PROBLEM     "), run.out());
    assertTrue(run.out().endsWith("Problems: 1\n"), run.out());
  }

  @Test
  void completionIsAScriptThatBashUnderstands() throws IOException, InterruptedException {
    Run run = Run.of("completion");
    assertEquals(0, run.exitCode());
    assertTrue(run.out().contains("--cache-type-k"), "all options are in it");
    Path script = Files.writeString(folder.resolve("completion.bash"), run.out());
    assertEquals(0, Shell.run("bash -n \"$1\"", script).exitCode());
    Run completed =
        Shell.run(
            ". \"$1\"; COMP_WORDS=(tern to); COMP_CWORD=1; _complete_tern; echo \"${COMPREPLY[@]}\"",
            script);
    assertEquals("tokenize\n", completed.out(), completed.err());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "chat",
        "pull",
        "ls",
        "rm",
        "verify",
        "show",
        "tokenize",
        "bench",
        "perplexity",
        "diff",
        "doctor",
        "completion"
      })
  void everyCommandExplainsItself(String command) {
    Run option = Run.of(command, "--help");
    assertEquals(0, option.exitCode());
    assertTrue(option.out().startsWith("Usage: tern " + command), option.out());
    assertEquals(option.out(), Run.of("help", command).out());
    assertTrue(Run.of("--help").out().contains("\n  " + command), command);
  }

  @Test
  void helpListsEveryExitCode() {
    String help = Run.of("--help").out();
    for (int exitCode :
        new int[] {
          ExitCode.OK,
          ExitCode.INTERNAL_ERROR,
          ExitCode.USAGE,
          ExitCode.BAD_FILE,
          ExitCode.UNSUPPORTED,
          ExitCode.NOT_FETCHED,
          ExitCode.CHECK_FAILED,
          ExitCode.NO_MEMORY,
          ExitCode.OUTPUT_CLOSED
        }) {
      assertTrue(help.matches("(?s).*\n  " + exitCode + " +[a-z].*"), exitCode + " in " + help);
    }
  }

  @Test
  void theVersionNamesTheJava() {
    assertTrue(Run.of("--version").out().contains("Java " + Runtime.version()));
  }
}
