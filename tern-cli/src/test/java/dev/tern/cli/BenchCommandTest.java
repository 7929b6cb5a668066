package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BenchCommandTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  private static Run bench(Object... args) {
    Run run =
        Run.of(Run.concat(new Object[] {"bench", "--kernels", "scalar", "-t", 1, "-r", 3}, args));
    assertEquals(ExitCode.OK, run.exitCode(), run.err());
    return run;
  }

  private static JsonNode json(Object... args) {
    return JSON.readTree(bench(Run.concat(args, "-o", "json")).out());
  }

  @Test
  void measuresAFileAsAMarkdownTable() {
    List<String> lines = bench(model, "-p", 4, "-n", 2, "-o", "md").outLines();
    String row =
        "\\| tiny of random weights \\| I2_S \\| F16 \\| [0-9.]+ kB \\| scalar \\| 1 \\| %s \\| .* \\|";
    assertTrue(lines.get(1).matches("\\|(---\\|)+"), lines.get(1));
    assertTrue(lines.get(2).matches(row.formatted("pp4")), lines.get(2));
    assertTrue(lines.get(3).matches(row.formatted("tg2")), lines.get(3));
    assertTrue(lines.get(3).contains(" GB/s |"), lines.get(3));
    assertTrue(lines.getLast().startsWith("Java " + Runtime.version()), lines.getLast());
  }

  @Test
  void theTableIsAligned() {
    List<String> lines = bench("-m", model, "-p", 4, "-n", "2,3").outLines();
    int column = lines.getFirst().indexOf("test");
    assertEquals("pp4 ", lines.get(1).substring(column, column + 4));
    assertEquals("tg3 ", lines.get(3).substring(column, column + 4));
  }

  @Test
  void measuresEveryCombinationOfLists() {
    JsonNode results =
        json(model, "--shape", "tiny", "-p", "3,4", "-n", 0, "-d", "0,5", "-t", 2).get("results");
    List<String> found =
        results
            .valueStream()
            .map(row -> row.get("test").asString() + " " + row.get("threads").asInt())
            .toList();
    List<String> tests = List.of("pp3", "pp4", "pp3 @ d5", "pp4 @ d5");
    List<String> once =
        List.of(1, 2).stream()
            .flatMap(threads -> tests.stream().map(test -> test + " " + threads))
            .toList();
    assertEquals(List.of(once, once).stream().flatMap(List::stream).toList(), found);
  }

  @Test
  void jsonHasWhatProgramsNeed() {
    JsonNode root =
        json("--synthetic", "tiny", "--type", "q8_0", "--embedding-type", "f32", "-p", 4, "-n", 2);
    assertFalse(root.get("tern").asString().isEmpty());
    JsonNode prompt = root.get("results").get(0);
    assertEquals("pp4", prompt.get("test").asString());
    assertEquals(4, prompt.get("promptTokens").asInt());
    assertTrue(prompt.get("bytesPerToken").isNull());
    JsonNode generation = root.get("results").get(1);
    assertEquals("tg2", generation.get("test").asString());
    assertEquals(2, generation.get("generatedTokens").asInt());
    assertEquals("Q8_0", generation.get("encoding").asString());
    assertEquals("F32", generation.get("headEncoding").asString());
    assertEquals("scalar", generation.get("kernels").asString());
    assertEquals(3, generation.get("samples").size());
    double speed = generation.get("tokensPerSecond").asDouble();
    assertTrue(speed > 0);
    assertTrue(speed >= generation.get("minTokensPerSecond").asDouble());
    assertTrue(speed <= generation.get("maxTokensPerSecond").asDouble());
    assertEquals(
        generation.get("bytesPerToken").asDouble() * speed,
        generation.get("bandwidthShare").asDouble() * generation.get("readBandwidth").asDouble(),
        speed);
    assertEquals(JSON.readTree(bench(model, "-p", 1, "-n", 0, "--json").out()).size(), root.size());
  }

  @Test
  void generatedTokensReadAllWeightsAndTheCacheSoFar() {
    JsonNode row = json("--shape", "tiny", "-p", 0, "-n", 4, "-d", 10).get("results").get(0);
    SyntheticShape tiny = SyntheticShape.TINY;
    long head = 2L * tiny.vocabularySize() * tiny.hiddenSize();
    // Of two layers, keys and values of two heads of 32 floats, for 12 to 15 positions.
    double cache = 2 * 2 * 2 * 32 * 4 * 13.5;
    // I2_S has some bytes for the scale of each matrix besides.
    assertEquals(tiny.blockWeights() / 4 + head + cache, row.get("bytesPerToken").asDouble(), 600);
  }

  @Test
  void csvHasALineForEachResultWithTheSameFields() {
    List<String> lines = bench("--shape", "tiny", "-p", 4, "-n", 2, "-o", "csv").outLines();
    assertEquals(3, lines.size());
    assertTrue(lines.get(0).startsWith("test,promptTokens,generatedTokens,depth,tokensPerSecond,"));
    assertTrue(lines.get(2).startsWith("tg2,0,2,0,"), lines.get(2));
    assertEquals(lines.get(0).split(",", -1).length, lines.get(1).split(",", -1).length);
  }

  @Test
  void twoConfigurationsAreMeasuredInTurns() {
    JsonNode results =
        json("--shape", "tiny", "-p", 4, "-n", 2, "--compare", "type=F16,threads=2").get("results");
    assertEquals(4, results.size());
    JsonNode first = results.get(2);
    JsonNode second = results.get(3);
    assertEquals("tg2", first.get("test").asString());
    assertEquals("tg2", second.get("test").asString());
    assertEquals("I2_S", first.get("encoding").asString());
    assertEquals("F16", second.get("encoding").asString());
    assertEquals(2, second.get("threads").asInt());
    assertEquals("type=F16,threads=2", second.get("settings").asString());
    assertEquals(
        first.get("tokensPerSecond").asDouble() / second.get("tokensPerSecond").asDouble(),
        first.get("ratio").asDouble(),
        1e-9);
    assertEquals(3, first.get("ratioSamples").size());
    assertEquals(
        first.get("samples").get(1).asDouble() / second.get("samples").get(1).asDouble(),
        first.get("ratioSamples").get(1).asDouble(),
        1e-9);
    assertTrue(second.get("ratio").isNull());
  }

  @Test
  void textsAtOnceAreComparedWithTheFirstNumberOfThem() {
    JsonNode results =
        json("--shape", "tiny", "-p", 0, "-n", "60,80", "-d", 3, "-np", "1,5").get("results");
    List<String> labels = results.valueStream().map(row -> row.get("test").asString()).toList();
    assertEquals(List.of("tg60 x1 @ d3", "tg60 x5 @ d3", "tg80 x1 @ d3", "tg80 x5 @ d3"), labels);
    JsonNode one = results.get(2);
    JsonNode five = results.get(3);
    assertEquals(1, one.get("parallel").asInt());
    assertEquals(5, five.get("parallel").asInt());
    assertTrue(one.get("ratio").isNull());
    assertTrue(five.get("bytesPerToken").isNull());
    assertEquals(
        five.get("tokensPerSecond").asDouble() / one.get("tokensPerSecond").asDouble(),
        five.get("ratio").asDouble(),
        1e-9);
    assertEquals(3, five.get("ratioSamples").size());
    List<String> lines =
        bench("--shape", "tiny", "-p", 0, "-n", 60, "--parallel", "2,3").outLines();
    assertTrue(lines.get(0).startsWith("model "), lines.get(0));
    assertTrue(lines.get(0).endsWith("  ratio"), lines.get(0));
    assertTrue(lines.get(2).matches(".*  \\d+\\.\\d{3} \\(\\d+\\.\\d{3} - \\d+\\.\\d{3}\\)"));
  }

  @Test
  void aComparisonPrintsTheRatioAndItsSpread() {
    List<String> lines = bench(model, "-p", 0, "-n", 2, "--compare", model).outLines();
    assertTrue(lines.get(0).endsWith("  ratio"), lines.get(0));
    assertTrue(lines.get(1).matches(".*  \\d+\\.\\d{3} \\(\\d+\\.\\d{3} - \\d+\\.\\d{3}\\)"));
    assertTrue(lines.get(2).startsWith(model.toString()), lines.get(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "                                  | give a model file, or --shape NAME",
        "--shape unknown                   | there is no shape 'unknown'; Tern knows tiny, 125m",
        "MODEL --type TQ1_0                | --type and --head are for --shape",
        "--shape tiny --type TQ1_0         | TQ1_0 cannot hold the shape",
        "--shape tiny --type I2_S_ARM64    | --i2s-layout ARM_64",
        "MODEL -n 512                      | the context has room for 512 tokens",
        "--shape tiny -n 500 -d 12         | the context has room for 512 tokens",
        "--shape 100b -p 2049              | the context has room for 2048 tokens",
        "MODEL -p 513                      | lower -p, -n or -d",
        "MODEL -p 0 -n 0                   | nothing to measure",
        "MODEL -p 4,-1                     | -p must be from 0 to",
        "MODEL -n 99999999                 | -n must be from 0 to",
        "MODEL -np 1,0                     | --parallel must be from 1 to 4096",
        "MODEL -np 2 -n 0                  | --parallel is for texts that are generated",
        "MODEL -p 4,x                      | 'x' is not a whole number",
        "MODEL -r 0                        | -r must be from 1 to",
        "MODEL -t 1,9999                   | -t: threads must be from 1 to 1024",
        "MODEL -b 0                        | -b: the batch size must be from 1 to",
        "MODEL -o csv --json               | --json and -o say different things",
        "MODEL -o yaml                     | 'yaml'",
        "MODEL --chat-template chatml      | there is no option '--chat-template'",
        "MODEL MODEL --compare threads=1   | --compare takes one model",
        "MODEL -t 1,2 --compare kernels=x86| --compare takes one model",
        "MODEL --compare speed=2           | there is no setting 'speed', only model, shape",
        "MODEL --compare type=F16          | a file has its own encodings",
        "MODEL --compare kernels=cuda      | kernels: 'cuda' is none of auto, scalar",
        "MODEL --compare threads=many      | threads: 'many' is not a whole number",
        "MODEL --compare shape=9b          | --compare: there is no shape '9b'",
        "MODEL --compare threads=1,f       | 'f' is not KEY=VALUE"
      })
  void refusesWhatItCannotMeasure(String args, String message) {
    Object[] words =
        args == null ? new Object[0] : args.replace("MODEL", model.toString()).split(" +");
    Run run = Run.of(Run.concat(new Object[] {"bench"}, words));
    assertEquals(ExitCode.USAGE, run.exitCode(), args + run.err());
    assertEquals("", run.out());
    assertTrue(run.err().contains(message), run.err());
  }

  @Test
  void aFileToCompareWithMustExist() {
    Run run = Run.of("bench", model, "--compare", folder.resolve("missing.gguf"));
    assertEquals(ExitCode.BAD_FILE, run.exitCode());
    assertEquals("", run.out());
  }
}
