package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelInfo;
import dev.tern.cli.BenchReport.Format;
import dev.tern.cli.BenchResult.BenchRatio;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BenchReportTest {
  private static final ModelInfo MODEL =
      new ModelInfo(
          "Six \"nines\" | \u001b[31m, red",
          "llama",
          2_000_000,
          "I2_S",
          "rows",
          "no",
          2048,
          300,
          600_000,
          0,
          500_000,
          "scalar",
          "because",
          2,
          "none",
          Optional.empty(),
          List.of());
  private static final BenchSubject SUBJECT =
      new BenchSubject(MODEL, "F16", "scalar", 128, "", 1.5, 0.25);

  private static BenchResult result(BenchTest.Kind kind, BenchRatio ratio) {
    return new BenchResult(
        SUBJECT,
        new BenchTest(kind, 3, 7),
        new Samples(List.of(10.0, 30.0, 20.0)),
        new Samples(List.of(2e7, 1e7, 4e7)),
        1000,
        5_000_000,
        ratio);
  }

  @Test
  void whatATokenReadsAndItsShareFollowFromTheMedians() {
    BenchResult generation = result(BenchTest.Kind.GENERATION, null);
    // The prompt has 8 tokens, so the three that are generated see 9, 10 and 11 positions.
    assertEquals(510_000, generation.bytesPerToken());
    assertEquals(510_000 * 20.0 / 2e7, generation.bandwidthShare());
    assertEquals(null, result(BenchTest.Kind.PROMPT, null).bandwidthShare());
  }

  @Test
  void markdownCannotBeBrokenByAName() throws IOException {
    String row =
        new BenchReport(List.of(result(BenchTest.Kind.GENERATION, null)))
            .format(Format.MD)
            .lines()
            .toList()
            .get(2);
    assertEquals(
        "| Six \"nines\" \\| \\u001b[31m, red | I2_S | F16 | 600 kB | scalar | 2 | tg3 @ d7 | 20.00 | 10.00 | 10.00 - 30.00 | 510 kB | 20.0 MB/s | 51 % |",
        row);
  }

  @Test
  void commasAndQuotesOfANameStayInTheirField() throws IOException {
    String row =
        new BenchReport(List.of(result(BenchTest.Kind.PROMPT, null)))
            .format(Format.CSV)
            .lines()
            .toList()
            .get(1);
    assertTrue(row.startsWith("pp3 @ d7,3,0,7,20.0,20.0,10.0,10.0,30.0,3,,,2.0E7,,,,,"), row);
    assertTrue(row.contains(",\"Six \"\"nines\"\" | \\u001b[31m, red\",llama,"), row);
  }

  @Test
  void theRatioIsThatOfTheMediansBesideTheSpreadOfPairs() throws IOException {
    BenchRatio ratio = new BenchRatio(2, new Samples(List.of(1.75, 2.25)));
    List<String> lines =
        new BenchReport(
                List.of(
                    result(BenchTest.Kind.GENERATION, ratio),
                    result(BenchTest.Kind.GENERATION, null)))
            .format(Format.TABLE)
            .lines()
            .toList();
    assertTrue(lines.get(0).endsWith("  ratio"), lines.get(0));
    assertTrue(lines.get(1).endsWith("  2.000 (1.750 - 2.250)"), lines.get(1));
    assertTrue(lines.get(2).endsWith(" %"), lines.get(2));
  }
}
