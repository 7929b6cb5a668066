package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.EmbeddingOptions;
import dev.tern.Pooling;
import dev.tern.TernModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EmbedCommandTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> TEXTS = List.of("a red fox", "ein roter Fuchs", "<|end|>");

  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void write() throws IOException {
    model = Models.tiny(folder);
  }

  private static Run embed(Object... args) {
    return Run.of(Run.concat(new Object[] {"embed", "-t", "1", "--kernels", "scalar"}, args));
  }

  private static float[] vector(String text, EmbeddingOptions options) throws IOException {
    try (TernModel loaded = TernModel.load(model)) {
      return loaded.embed(List.of(text), options).getFirst().vector();
    }
  }

  private static float[] numbers(String line) {
    String[] words = line.split(" ", -1);
    float[] numbers = new float[words.length];
    for (int i = 0; i < words.length; i++) {
      numbers[i] = Float.parseFloat(words[i]);
    }
    return numbers;
  }

  private static float[] numbers(JsonNode array) {
    float[] numbers = new float[array.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) array.get(i).asDouble();
    }
    return numbers;
  }

  @Test
  void printsALineOfNumbersForEachTextThatReadsBackExactly() throws IOException {
    Run run = embed(model, TEXTS.get(0), TEXTS.get(1), TEXTS.get(2));
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(3, run.outLines().size());
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(
          vector(TEXTS.get(i), EmbeddingOptions.defaults()), numbers(run.outLines().get(i)));
    }
    assertTrue(run.errLines().getLast().matches(".*\\| 3 texts, \\d+ tok in .*"), run.err());
  }

  @Test
  void printsJson() throws IOException {
    Run run = embed("-m", model, "-q", TEXTS.get(0), TEXTS.get(1), "--embd-output-format", "json");
    assertEquals("", run.err());
    JsonNode root = JSON.readTree(run.out());
    assertEquals("list", root.get("object").asString());
    assertEquals(2, root.get("data").size());
    JsonNode second = root.get("data").get(1);
    assertEquals("embedding", second.get("object").asString());
    assertEquals(1, second.get("index").asInt());
    assertArrayEquals(
        vector(TEXTS.get(1), EmbeddingOptions.defaults()), numbers(second.get("embedding")));
    assertEquals(
        root.get("usage").get("prompt_tokens").asInt(),
        root.get("usage").get("total_tokens").asInt());
  }

  @Test
  void printsAnArrayOfArrays() throws IOException {
    Run run = embed(model, "-q", TEXTS.get(0), TEXTS.get(1), "--embd-output-format", "array");
    JsonNode root = JSON.readTree(run.out());
    assertEquals(2, root.size());
    assertArrayEquals(vector(TEXTS.get(1), EmbeddingOptions.defaults()), numbers(root.get(1)));
  }

  @Test
  void takesTheLinesOfAFileOrOfStandardInput() throws IOException {
    String lines = String.join("\n", TEXTS) + "\n";
    Path file = Files.writeString(folder.resolve("lines.txt"), lines);
    String expected = embed(model, "-q", TEXTS.get(0), TEXTS.get(1), TEXTS.get(2)).out();
    assertEquals(expected, embed(model, "-q", "-f", file).out());
    assertEquals(expected, Run.withInput(lines, "embed", model, "-q", "-t", "1", "-b", "3").out());
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void everyOptionBecomesItsField(Pooling pooling) throws IOException {
    EmbeddingOptions options =
        EmbeddingOptions.defaults().withPooling(pooling).withDimensions(5).withNormalize(false);
    Run run =
        embed(
            model,
            "-q",
            TEXTS.getFirst(),
            "--pooling",
            pooling.name().toLowerCase(Locale.ROOT),
            "--dimensions",
            "5",
            "--embd-normalize",
            "-1");
    assertArrayEquals(vector(TEXTS.getFirst(), options), numbers(run.out().strip()));
  }

  @ParameterizedTest
  @CsvSource({
    "--dimensions, -1, 2, '--dimensions: the dimensions must be at least 1, not -1'",
    "--dimensions, 129, 2, '129 dimensions were asked for, but the model''s vectors have 128'",
    "--pooling, rank, 2, --pooling",
    "--embd-normalize, 1, 2, --embd-normalize: vectors are normalized with 2",
    "--embd-output-format, xml, 2, --embd-output-format",
    "-b, 0, 2, '-b: the batch size must be from 1 to 65536, not 0'",
    "-c, 3, 2, 'text 1 of 1 has 10 tokens, but the context has room for 3'",
    "-c, 513, 2, the model was trained for 512",
    "-f, missing.txt, 2, one of both is enough"
  })
  void refusesWhatItCannotDo(String option, String value, int exitCode, String message) {
    Run run = embed(model, TEXTS.getFirst(), option, value);
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void saysWhatIsMissing() {
    assertTrue(Run.of("embed").err().contains("the model is missing"));
    assertTrue(Run.of("embed", model).err().contains("standard input has no lines"));
    Run missing = Run.of("embed", model, "-f", folder.resolve("missing.txt"));
    assertNotEquals(0, missing.exitCode());
    assertTrue(missing.err().contains("there is no file"), missing.err());
  }
}
