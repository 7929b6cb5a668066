package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PerplexityCommandTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final String STORY = "Once upon a time there was a bird that could count. ";

  @TempDir static Path folder;
  private static Path model;
  private static Path text;

  @BeforeAll
  static void write() throws IOException {
    model = Models.tiny(folder);
    text = Files.writeString(folder.resolve("text.txt"), STORY.repeat(8));
  }

  private static JsonNode json(Object... args) {
    Object[] first = {"perplexity", "--kernels", "scalar", "--json", "-q"};
    Run run = Run.of(Run.concat(first, args));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals("", run.err());
    return JSON.readTree(run.out());
  }

  @Test
  void printsTheResultAndSparseProgress() {
    Run run = Run.of("perplexity", model, text, "-c", "16", "-t", "2");
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(3, run.outLines().size(), run.out());
    assertTrue(run.out().matches("(?s)perplexity \\d+\\.\\d{4} \\+/- \\d.*interval.*"), run.out());
    assertTrue(
        run.out().contains("26 chunks of 16 tokens, the second half of each: 182 tokens scored"),
        run.out());
    // Nine of ten steps, and the closing line.
    assertEquals(10, run.errLines().size(), run.err());
    assertTrue(run.errLines().getFirst().startsWith("3 of 26 chunks: perplexity "), run.err());
    assertTrue(run.errLines().getLast().contains("computed 390 tok"), run.err());
  }

  @Test
  void saysTheSameAsJson() {
    JsonNode root = json(model, text, "-c", "16");
    assertEquals(26, root.get("chunks").asInt());
    assertEquals(182, root.get("scoredTokens").asInt());
    assertEquals(182, root.get("scoredBytes").asInt());
    double perplexity = root.get("perplexity").asDouble();
    assertEquals(Math.log(perplexity), root.get("natsPerToken").asDouble(), 1e-12);
    assertTrue(root.get("confidence95").get(0).asDouble() < perplexity);
    assertTrue(root.get("confidence95").get(1).asDouble() > perplexity);
    String human = Run.of("perplexity", "--kernels", "scalar", model, text, "-c", "16").out();
    assertTrue(
        human.startsWith("perplexity " + String.format(Locale.ROOT, "%.4f", perplexity)), human);
  }

  @Test
  void takesTheTextFromAnOptionOrStandardInput() throws IOException {
    JsonNode expected = json(model, text, "-c", "16", "--chunks", "3").get("perplexity");
    assertEquals(
        expected, json("-m", model, "-f", text, "-c", "16", "--chunks", "3").get("perplexity"));
    Run piped =
        Run.withInput(
            Files.readString(text),
            "perplexity",
            model,
            "-c",
            "16",
            "--chunks",
            "3",
            "--json",
            "-b",
            "5");
    assertEquals(expected, JSON.readTree(piped.out()).get("perplexity"));
  }

  @Test
  void computesChunksSeveralAtOnceWithTheSameResult() {
    JsonNode expected = json(model, text, "-c", "16", "-t", "1").get("perplexity");
    for (String parallel : new String[] {"0", "1", "2", "3"}) {
      assertEquals(
          expected,
          json(model, text, "-c", "16", "-t", "3", "--parallel", parallel).get("perplexity"));
    }
  }

  @Test
  void scoresTheEndsOfOverlappingWindows() {
    JsonNode root = json(model, text, "-c", "16", "--ppl-stride", "4", "--chunks", "5");
    assertEquals(18, root.get("windowLength").asInt());
    assertEquals(20, root.get("scoredTokens").asInt());
    Run run = Run.of("perplexity", model, text, "-c", "16", "--ppl-stride", "4", "--chunks", "5");
    assertTrue(run.out().contains("5 windows of 18 tokens, the last 4 of each"), run.out());
  }

  @Test
  void showsABarWhereAPersonLooks() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        Run.streams(
            new ByteArrayInputStream(new byte[0]),
            new ByteArrayOutputStream(),
            err,
            true,
            Map.of());
    String[] args = {"perplexity", model.toString(), text.toString(), "-c", "16"};
    assertEquals(0, Main.run(args, streams));
    String shown = err.toString(StandardCharsets.UTF_8);
    assertTrue(shown.contains("[############............] 13 of 26 chunks: perplexity "), shown);
    assertTrue(shown.contains("\r\u001b[K"), "the bar goes away");
    assertEquals(1, shown.lines().filter(line -> line.contains(" | ")).count());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "-c, 3, -c: the context of a chunk must be at least 4",
        "-c, 512, the text has 417 tokens",
        "--ppl-stride, 600, --ppl-stride: the stride must be from 1 to the context of 512",
        "--chunks, -2, --chunks: the number of chunks must be at least 1",
        "-b, 0, -b: the batch size",
        "-np, 4097, --parallel: chunks computed at once must be from 1 to the ",
        "-np, -1, --parallel: chunks computed at once must be from 1 to the ",
        "--pre-tokenizer, nonsense, nonsense"
      })
  void anOptionThatCannotBeHonouredIsNamed(String option, String value, String message) {
    Run run = Run.of("perplexity", model, text, option, value);
    assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void saysWhatIsMissing() {
    assertTrue(Run.of("perplexity").err().contains("the model is missing"));
    assertTrue(
        Run.of("perplexity", model, text, "-f", text).err().contains("given more than once"));
    assertEquals(ExitCode.BAD_FILE, Run.of("perplexity", model, folder.resolve("no")).exitCode());
    assertEquals(ExitCode.BAD_FILE, Run.of("perplexity", model, folder).exitCode());
    assertEquals(ExitCode.BAD_FILE, Run.of("perplexity", model, model).exitCode());
  }
}
