package dev.tern.train.report;

import dev.tern.file.WholeFile;
import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/// A picture of how runs went: the loss of each step, thin, and smoothed; points where validation
/// text was measured; and, on an axis of its own, the learning rate. Several runs share one
/// picture.
public final class LossPlot {
  private static final int WIDTH = 1200;
  private static final int HEIGHT = 750;
  private static final int LEARNING_RATE_AXIS = 1;
  private static final int FAINT = 70;

  /// Above this part of all losses a picture does not need to reach: the first steps of a run would
  /// press everything else to the bottom.
  private static final double SHOWN = 0.98;

  /// Colours that people with any kind of colour vision tell apart (Okabe and Ito).
  private static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0x56B4E9),
          new Color(0xE69F00),
          new Color(0x000000));

  private final List<RunHistory> runs;
  private final Horizontal horizontal;

  /// What the horizontal axis shows.
  public enum Horizontal {
    /// Steps.
    STEP("step"),
    /// Tokens that were learnt from, for runs with batches of different sizes.
    TOKENS("million tokens"),
    /// Hours of training.
    TIME("hours");

    private final String title;

    Horizontal(String title) {
      this.title = title;
    }

    private double of(LogEntry entry) {
      return switch (this) {
        case STEP -> entry.step();
        case TOKENS -> entry.tokens() / 1e6;
        case TIME -> entry.seconds() / 3600;
      };
    }
  }

  private LossPlot(List<RunHistory> runs, Horizontal horizontal) {
    this.runs = List.copyOf(runs);
    this.horizontal = horizontal;
  }

  /// {@return a picture of runs}
  ///
  /// @param runs at least one
  /// @param horizontal what the horizontal axis shows
  /// @throws IllegalArgumentException if there are none
  public static LossPlot of(List<RunHistory> runs, Horizontal horizontal) {
    if (runs.isEmpty()) {
      throw new IllegalArgumentException("there is no run to draw");
    }
    return new LossPlot(runs, horizontal);
  }

  /// Writes the picture.
  ///
  /// @param file ends in `.png` or `.svg`
  /// @throws IllegalArgumentException if it ends otherwise
  /// @throws IOException if it cannot be drawn or written
  public void write(Path file) throws IOException {
    String name = file.toString().toLowerCase(Locale.ROOT);
    if (!name.endsWith(".png") && !name.endsWith(".svg")) {
      throw new IllegalArgumentException("%s ends in neither .png nor .svg".formatted(file));
    }
    ByteArrayOutputStream picture = new ByteArrayOutputStream();
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
    try {
      XYChart chart = chart();
      if (name.endsWith(".png")) {
        BitmapEncoder.saveBitmap(chart, picture, BitmapEncoder.BitmapFormat.PNG);
      } else {
        VectorGraphicsEncoder.saveVectorGraphic(
            chart, picture, VectorGraphicsEncoder.VectorGraphicsFormat.SVG);
      }
    } catch (LinkageError | AWTError | InternalError noGraphics) {
      throw new IOException(
          "this Java cannot draw (%s): on Linux it needs the packages fontconfig and a font"
              .formatted(noGraphics.getMessage()),
          noGraphics);
    }
    ByteBuffer bytes = ByteBuffer.wrap(picture.toByteArray());
    WholeFile.write(
        file,
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }

  private XYChart chart() {
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(runs.size() == 1 ? runs.getFirst().name() : "training loss")
            .xAxisTitle(horizontal.title)
            .yAxisTitle("loss (nats per token)")
            .theme(Styler.ChartTheme.Matlab)
            .build();
    style(chart);
    for (int i = 0; i < runs.size(); i++) {
      add(chart, runs.get(i), i);
    }
    return chart;
  }

  private void style(XYChart chart) {
    chart.setYAxisGroupTitle(LEARNING_RATE_AXIS, "learning rate");
    chart.getStyler().setYAxisGroupPosition(LEARNING_RATE_AXIS, Styler.YAxisPosition.Right);
    chart.getStyler().setYAxisMin(LEARNING_RATE_AXIS, 0.0);
    chart.getStyler().setXAxisDecimalPattern("#,##0.###");
    chart.getStyler().setXAxisMin(0.0);
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNE);
    chart.getStyler().setPlotGridLinesColor(new Color(0xE0E0E0));
    chart.getStyler().setLocale(Locale.ROOT);
    double[] losses =
        runs.stream()
            .flatMap(run -> run.entries().stream())
            .flatMap(entry -> entry.values().entrySet().stream())
            .filter(value ->
                value.getKey().equals(LogEntry.LOSS)
                    || value.getKey().equals(LogEntry.VALIDATION_LOSS))
            .mapToDouble(value -> value.getValue())
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (losses.length > 1) {
      double least = losses[0];
      double most = losses[(int) Math.ceil((losses.length - 1) * SHOWN)];
      double margin = Math.max(0.05 * (most - least), 1e-3);
      chart.getStyler().setYAxisMin(0, least - margin);
      chart.getStyler().setYAxisMax(0, most + margin);
    }
  }

  private void add(XYChart chart, RunHistory run, int number) {
    Color colour = COLOURS.get(number % COLOURS.size());
    Color faint = new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), FAINT);
    String name = runs.size() == 1 ? "" : run.name() + ": ";
    // Names of series have to differ, those of runs need not.
    String mark = "#" + number;
    Curve rate = curve(run, LogEntry.LEARNING_RATE);
    add(chart, mark + "rate", name + "learning rate", rate.corners().thinned(), faint, 1, true)
        .setYAxisGroup(LEARNING_RATE_AXIS);
    Curve loss = curve(run, LogEntry.LOSS);
    add(chart, mark + "loss", name + "training", loss.thinned(), faint, 1, false);
    Curve smooth = loss.smoothed().thinned();
    add(chart, mark + "smooth", name + "training, smoothed", smooth, colour, 2.5f, false);
    Curve validation = curve(run, LogEntry.VALIDATION_LOSS);
    XYSeries points = add(chart, mark + "valid", name + "validation", validation, colour, 1, true);
    points.setMarker(SeriesMarkers.CIRCLE);
    points.setMarkerColor(colour);
  }

  private Curve curve(RunHistory run, String column) {
    return Curve.of(run.entries(), horizontal::of, column);
  }

  private static XYSeries add(
      XYChart chart,
      String key,
      String label,
      Curve curve,
      Color colour,
      float width,
      boolean dashed) {
    // A series without points is refused; one whose only point is nowhere is not.
    double[] nowhere = {Double.NaN};
    XYSeries series =
        curve.isEmpty()
            ? chart.addSeries(key, new double[] {0}, nowhere)
            : chart.addSeries(key, curve.x(), curve.y());
    series.setLabel(label);
    series.setShowInLegend(!curve.isEmpty());
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(colour);
    series.setLineStyle(
        dashed
            ? new BasicStroke(
                width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 4}, 0)
            : new BasicStroke(width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    return series;
  }
}
