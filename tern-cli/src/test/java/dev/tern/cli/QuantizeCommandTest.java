package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class QuantizeCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path folder;

  private Path text() throws IOException {
    String story = "Once upon a time there was a bird that could count. ";
    return Files.writeString(folder.resolve("text.txt"), story.repeat(8));
  }

  /// Of full precision, in both containers.
  private static Path stories(String name) {
    return TestData.require("models/stories260k/" + name);
  }

  private static Path validation() {
    return TestData.require("text/tinystories/tinystories_val_yuninxia_0.8MB.txt");
  }

  private JsonNode measured(Path model, String type) throws IOException {
    Path target = folder.resolve(type + ".gguf");
    Run run =
        Run.of(
            "quantize",
            model,
            target,
            "--output-type",
            type,
            "--text",
            validation(),
            "--chunks",
            "4",
            "-c",
            "256",
            "--json",
            "-q",
            "--force");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertEquals("", run.err());
    return JSON.readTree(run.out());
  }

  private double ratio(String type) throws IOException {
    return measured(stories("stories260K-f32.gguf"), type).get("perplexityRatio").asDouble();
  }

  @Test
  void fewerBitsCostMoreAndOneBitTooMuch() throws IOException {
    double eight = ratio("Q8_0");
    double four = ratio("Q4_0");
    double ternary = ratio("I2_S");
    double ternaryWeights = ratio("Q2_0");
    double binary = ratio("Q1_0");
    assertEquals(1, eight, 0.01);
    assertTrue(four > eight && four < 1.3, "Q4_0 " + four);
    assertTrue(ternary > 10 * four, "I2_S " + ternary);
    assertTrue(binary > ternary, "Q1_0 " + binary);
    // Rounding inputs besides costs next to nothing.
    assertEquals(ternaryWeights, ternary, 0.05 * ternary);
    assertEquals(1, ratio("F32"));
    // Of 64 columns, 256 are not to be had.
    assertEquals(eight, ratio("Q4_K"));
  }

  @Test
  void eightBitFloatsAreWrittenToAFolder() throws IOException {
    Path target = folder.resolve("float8");
    Run run =
        Run.of(
            "quantize",
            stories("stories260K-f32.gguf"),
            target,
            "--output-type",
            "f8_e4m3",
            "--text",
            validation(),
            "--chunks",
            "4",
            "-c",
            "256",
            "--json",
            "-q");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    JsonNode root = JSON.readTree(run.out());
    assertEquals(35, root.get("after").get("linear").get("F8_E4M3").asInt());
    assertEquals(1, root.get("perplexityRatio").asDouble(), 0.03);
    assertTrue(root.get("perplexityRatio").asDouble() < ratio("Q4_0"));
    assertRefused(
        ExitCode.USAGE,
        "GGUF has no type for F8_E5M2",
        Run.of(
            "quantize",
            stories("stories260K-f32.gguf"),
            folder.resolve("x.gguf"),
            "--output-type",
            "F8_E5M2"));
    assertRefused(
        ExitCode.UNSUPPORTED,
        "rounded to int8",
        Run.of("quantize", Models.tiny(folder), folder.resolve("x"), "--output-type", "F8_E5M2"));
    assertTrue(Files.notExists(folder.resolve("x")));
  }

  @Test
  void aFolderIsMeasuredLikeTheFileOfTheSameModel() throws IOException {
    JsonNode root = measured(stories("hf-stories260K"), "Q4_0");
    assertEquals(ratio("Q4_0"), root.get("perplexityRatio").asDouble(), 1e-9);
  }

  @Test
  void measuresWhatThePerplexityCommandMeasures() throws IOException {
    Path model = stories("stories260K-f32.gguf");
    JsonNode root = measured(model, "IQ1_BN");
    assertEquals(
        "[ {\"F32\":35}, {\"IQ1_BN\":30,\"F16\":5} ]".replace(" ", ""),
        List.of(root.get("before").get("linear"), root.get("after").get("linear"))
            .toString()
            .replace(" ", ""));
    assertEquals(5, root.get("after").get("inputs").get("float").asInt());
    assertEquals(30, root.get("after").get("inputs").get("int8").asInt());
    for (String side : List.of("before", "after")) {
      Run run =
          Run.of(
              "perplexity",
              root.get(side).get("path").asString(),
              validation(),
              "--chunks",
              "4",
              "-c",
              "256",
              "--json",
              "-q");
      JsonNode alone = JSON.readTree(run.out());
      JsonNode here = root.get(side).get("perplexity");
      for (String name : List.of("perplexity", "bitsPerByte", "scoredTokens", "chunks")) {
        assertEquals(alone.get(name), here.get(name), name);
      }
    }
    assertTrue(root.get("linearError").get("relativeDifference").asDouble() > 0.4);
    assertEquals(
        Files.size(folder.resolve("IQ1_BN.gguf")), root.get("after").get("bytes").asLong());
    assertEquals(5, root.get("storedOtherwise").size());
  }

  @Test
  void aModelThatWasTrainedTernaryLosesNothing() throws IOException {
    Path trained = TestData.require("models/tinystories-b158-3m/hf-bitllama-3M-f32");
    JsonNode root = measured(trained, "I2_S");
    assertEquals(0, root.get("linearError").get("differingCodes").asInt());
    assertEquals(0, root.get("linearError").get("differingScales").asInt());
    assertEquals(1, root.get("perplexityRatio").asDouble(), 0.02);
  }

  @Test
  void printsATableAndWhatAPersonShouldKnow() throws IOException {
    Path target = folder.resolve("q.gguf");
    Run run =
        Run.of(
            "quantize",
            Models.tiny(folder),
            target,
            "--output-type",
            "Q4_0",
            "--text",
            text(),
            "-c",
            "16",
            "--chunks",
            "2");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    List<String> lines = run.outLines();
    assertEquals(7, lines.size(), run.out());
    assertTrue(lines.get(0).matches(" +before +after +change"), run.out());
    assertTrue(
        lines.get(1).matches("linear layers +I2_S +Q4_0 +relative error 0\\.\\d+"), run.out());
    assertTrue(lines.get(2).matches("their inputs +int8 +int8"), run.out());
    assertTrue(lines.get(3).matches("embedding, head +F16 +Q8_0 +relative.*"), run.out());
    assertTrue(lines.get(4).matches("size +.* kB +.* kB +x \\d\\.\\d{3}"), run.out());
    assertTrue(lines.get(5).matches("perplexity +\\S+ \\+/- \\S+ +\\S+ \\+/- .* x .*"), run.out());
    assertTrue(lines.get(6).matches("bits per byte .* [+-]\\d\\.\\d{4}"), run.out());
    assertTrue(run.err().contains("measuring " + target), run.err());
    assertFalse(run.err().contains("after training"), run.err());
  }

  @Test
  void withoutATextWeightsAreComparedAndMoreIsOffered() throws IOException {
    Path model = Models.tiny(folder);
    Path rough = folder.resolve("rough.gguf");
    Run run = Run.of("quantize", model, rough, "--output-type", "Q8_0");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertEquals(5, run.outLines().size(), run.out());
    assertTrue(run.err().contains("--text FILE measures the perplexity"), run.err());
    Run json = Run.of("quantize", model, rough, "--output-type", "TQ2_0", "--json", "--force");
    JsonNode root = JSON.readTree(json.out());
    assertTrue(root.get("before").get("perplexity").isNull());
    assertTrue(root.get("perplexityRatio").isNull());
    assertEquals(0, root.get("linearError").get("differingCodes").asInt());
  }

  @Test
  void saysThatRoundingIsNotTraining() {
    Run run =
        Run.of(
            "quantize",
            stories("stories260K-f16.gguf"),
            folder.resolve("t.gguf"),
            "--output-type",
            "IQ2_BN");
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    assertTrue(run.err().contains("to 1 or 2 bits after training"), run.err());
    assertTrue(run.err().contains("were float and are int8 (30), float (5) now"), run.err());
    assertTrue(run.err().contains("stored otherwise: blk.0.ffn_down.weight"), run.err());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "--chunks, 2, --chunks is about measuring the perplexity",
        "--threads, 1, --threads is about measuring the perplexity",
        "--embedding-type, TQ2_0, --embedding-type: TQ2_0 would round the embedding",
        "--embedding-type, Q5, --embedding-type: 'Q5' is not an encoding",
        "--i2s-layout, ARM_64, --i2s-layout: only the layout X86_128",
        "--text, missing.txt, there is no file missing.txt"
      })
  void anOptionThatCannotBeHonouredIsNamed(String option, String value, String message)
      throws IOException {
    Path target = folder.resolve("never.gguf");
    Run run =
        Run.of("quantize", Models.tiny(folder), target, "--output-type", "Q4_0", option, value);
    assertTrue(run.exitCode() == ExitCode.USAGE || run.exitCode() == ExitCode.BAD_FILE);
    assertTrue(run.err().contains(message), run.err());
    assertTrue(Files.notExists(target));
  }

  private static void assertRefused(int exitCode, String message, Run run) {
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertEquals("", run.out());
  }

  @Test
  void nothingIsMeasuredForATargetThatIsNotFree() throws IOException {
    Path model = Models.tiny(folder);
    Path there = Files.writeString(folder.resolve("there.gguf"), "mine");
    Run run = Run.of("quantize", model, there, "--output-type", "Q4_0", "--text", text());
    assertRefused(ExitCode.BAD_FILE, "--force replaces it", run);
    assertFalse(run.err().contains("measuring"), run.err());
    assertEquals("mine", Files.readString(there));
    assertRefused(
        ExitCode.USAGE,
        "onto itself",
        Run.of("quantize", model, model, "--output-type", "Q4_0", "--force"));
    assertRefused(
        ExitCode.USAGE,
        "does not end in .gguf",
        Run.of("quantize", model, folder.resolve("x"), "--output-type", "Q4_0"));
    assertRefused(
        ExitCode.USAGE, "--output-type", Run.of("quantize", model, folder.resolve("x.gguf")));
    assertRefused(
        ExitCode.UNSUPPORTED,
        "Tern",
        Run.of(
            "quantize",
            Models.ofArchitecture(folder, "mamba"),
            folder.resolve("x.gguf"),
            "--output-type",
            "Q4_0"));
    assertRefused(
        ExitCode.USAGE,
        "the text has",
        Run.of(
            "quantize",
            model,
            folder.resolve("x.gguf"),
            "--output-type",
            "Q4_0",
            "--text",
            Files.writeString(folder.resolve("short.txt"), "Too short.")));
    assertTrue(Files.notExists(folder.resolve("x.gguf")));
  }
}
