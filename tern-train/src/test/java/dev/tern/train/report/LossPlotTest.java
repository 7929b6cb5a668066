package dev.tern.train.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.StepReport;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.DoubleStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pictures of runs.
class LossPlotTest {
  @TempDir Path folder;

  /// A run as a small model's: falling, noisy, with a drop where the second stage begins.
  static RunHistory run(Path folder, int steps, double floor, boolean evaluated)
      throws IOException {
    Random random = new Random(steps);
    try (RunLog log = RunLog.begin(folder, 1)) {
      for (int step = 1; step <= steps; step++) {
        double share = (double) step / steps;
        double rate = share < 0.5 ? 1.5e-3 * (1 - share) : 1e-3 * (1 - share) * 1.2;
        double warm = Math.min(1, step / 50.0);
        double loss =
            floor
                + 6 * Math.exp(-12 * share)
                + (share < 0.5 ? 0.25 : 0)
                + 0.15 * random.nextGaussian();
        log.step(new StepReport(step, steps, step * 4096L, share, loss, rate * warm, 1, 9000));
        if (evaluated && step % (steps / 10) == 0) {
          log.evaluated(new EvaluationReport(step, loss + 0.1, 1, 1000));
        }
      }
    }
    return RunHistory.read(folder);
  }

  private static Set<Integer> colours(Path png) throws IOException {
    BufferedImage image = ImageIO.read(png.toFile());
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y) & 0xFFFFFF);
      }
    }
    return colours;
  }

  @Test
  void drawsOneRunAsAPictureOfDots() throws IOException {
    Path png = folder.resolve("loss.png");
    RunHistory run = run(folder.resolve("story"), 3000, 2, true);
    LossPlot.of(List.of(run), LossPlot.Horizontal.STEP).write(png);
    assertTrue(colours(png).contains(0x0072B2));
    assertFalse(colours(png).contains(0xD55E00));
  }

  @Test
  void drawsSeveralRunsInTheirColours() throws IOException {
    Path png = folder.resolve("loss.PNG");
    List<RunHistory> runs =
        List.of(
            run(folder.resolve("ternary"), 500, 2, true),
            run(folder.resolve("binary"), 400, 2.3, true),
            run(folder.resolve("full"), 300, 1.9, false));
    LossPlot.of(runs, LossPlot.Horizontal.TOKENS).write(png);
    assertTrue(colours(png).containsAll(List.of(0x0072B2, 0xD55E00, 0x009E73)));
  }

  @Test
  void drawsLinesAndNamesAsSvg() throws IOException {
    Path svg = folder.resolve("loss.svg");
    RunHistory run = run(folder.resolve("a <b> & c"), 300, 2, true);
    LossPlot.of(List.of(run), LossPlot.Horizontal.TIME).write(svg);
    String text = Files.readString(svg);
    assertTrue(text.contains("<svg"), text.substring(0, 100));
    assertTrue(text.endsWith("</svg>\n") || text.endsWith("</svg>"));
    // Each stretch of the training loss is a line of its own.
    assertTrue(text.split("<line", -1).length > 300);
  }

  @Test
  void drawsRunsOfWhichLittleIsKnown() throws IOException {
    for (String line :
        List.of(
            "{\"step\":1,\"tokens\":10,\"loss\":3.0,\"learning_rate\":0.1,\"seconds\":1}",
            "{\"step\":1,\"tokens\":10,\"seconds\":1}",
            "{\"step\":1,\"validation_loss\":3.0}")) {
      Path run = Files.createDirectories(folder.resolve("little"));
      Files.writeString(run.resolve(RunLog.JSON_LINES), line + "\n");
      Path png = folder.resolve("little.png");
      LossPlot.of(List.of(RunHistory.read(run)), LossPlot.Horizontal.STEP).write(png);
      assertTrue(Files.size(png) > 1000);
    }
  }

  @Test
  void refusesWhatIsNoPicture() throws IOException {
    RunHistory run = run(folder.resolve("story"), 10, 2, false);
    LossPlot plot = LossPlot.of(List.of(run), LossPlot.Horizontal.STEP);
    assertThrows(IllegalArgumentException.class, () -> plot.write(folder.resolve("loss.pdf")));
    assertThrows(
        IllegalArgumentException.class, () -> LossPlot.of(List.of(), LossPlot.Horizontal.STEP));
  }

  @Test
  void smoothsWithoutLeavingThePoints() {
    double[] x = DoubleStream.iterate(0, i -> i + 1).limit(600).toArray();
    double[] falling = DoubleStream.iterate(9, y -> y - 0.01).limit(600).toArray();
    assertArrayEquals(falling, new Curve(x, falling).smoothed().y(), 0.06);
    double[] noisy = falling.clone();
    for (int i = 0; i < noisy.length; i++) {
      noisy[i] += i % 2 == 0 ? 1 : -1;
    }
    double[] smooth = new Curve(x, noisy).smoothed().y();
    for (int i = 10; i < 590; i++) {
      assertEquals(falling[i], smooth[i], 0.06);
    }
    Curve two = new Curve(new double[] {1, 2}, new double[] {4, 2});
    assertArrayEquals(two.y(), two.smoothed().y());
    assertEquals(0, new Curve(new double[0], new double[0]).smoothed().y().length);
  }

  @Test
  void keepsTheCornersOfStraightLines() {
    double[] x = DoubleStream.iterate(0, i -> i + 1).limit(1000).toArray();
    double[] y = new double[1000];
    for (int i = 0; i < y.length; i++) {
      y[i] = i < 100 ? i : i < 500 ? 100 - (i - 100) * 0.1 : 20 - (i - 500) * 0.04;
    }
    Curve corners = new Curve(x, y).corners();
    assertTrue(corners.x().length < 12, corners.x().length + " points");
    for (double corner : new double[] {0, 100, 499, 500, 999}) {
      assertTrue(DoubleStream.of(corners.x()).anyMatch(at -> Math.abs(at - corner) <= 1));
    }
  }

  @Test
  void thinsWithoutLosingPeaks() {
    double[] x = DoubleStream.iterate(0, i -> i + 1).limit(50_000).toArray();
    double[] y = new double[50_000];
    y[12_345] = 9;
    y[33_333] = -9;
    Curve thin = new Curve(x, y).thinned();
    assertTrue(thin.x().length <= 1000);
    assertEquals(9, DoubleStream.of(thin.y()).max().orElseThrow());
    assertEquals(-9, DoubleStream.of(thin.y()).min().orElseThrow());
    double[] sorted = thin.x().clone();
    java.util.Arrays.sort(sorted);
    assertArrayEquals(sorted, thin.x());
  }
}
