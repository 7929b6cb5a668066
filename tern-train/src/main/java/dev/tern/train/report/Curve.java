package dev.tern.train.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/// A curve to draw: points in the order in which a run came through them.
final class Curve {
  /// More points than a picture is wide are not seen.
  private static final int MOST_POINTS = 1000;

  private final double[] x;
  private final double[] y;

  /// Takes points, which nobody changes any more.
  ///
  /// @param x values of the horizontal axis
  /// @param y values of the vertical axis; as many, all of them finite
  Curve(double[] x, double[] y) {
    this.x = x;
    this.y = y;
  }

  double[] x() {
    return x;
  }

  double[] y() {
    return y;
  }

  /// {@return the points of a log that have a value}
  static Curve of(List<LogEntry> entries, ToDoubleFunction<LogEntry> x, String column) {
    List<LogEntry> there =
        entries.stream()
            .filter(entry -> Double.isFinite(entry.values().getOrDefault(column, Double.NaN)))
            .toList();
    double[] xs = there.stream().mapToDouble(x).toArray();
    double[] ys = there.stream().mapToDouble(entry -> entry.values().get(column)).toArray();
    return new Curve(xs, ys);
  }

  boolean isEmpty() {
    return x.length == 0;
  }

  /// {@return the same with each value the mean of those around it}
  ///
  /// Where the curve begins, and falls fast, of fewer, as many on both sides, so that the line
  /// stays in the middle of the points; where it ends, of those that there are.
  Curve smoothed() {
    int reach = Math.clamp(y.length / 60, 0, 100);
    double[] sums = new double[y.length + 1];
    for (int i = 0; i < y.length; i++) {
      sums[i + 1] = sums[i] + y[i];
    }
    double[] smooth = new double[y.length];
    for (int i = 0; i < y.length; i++) {
      int from = i - Math.min(reach, i);
      int to = Math.min(y.length, i + Math.min(reach, i) + 1);
      smooth[i] = (sums[to] - sums[from]) / (to - from);
    }
    return new Curve(x, smooth);
  }

  /// {@return the same without points that are where a line between others passes anyway}
  Curve corners() {
    if (x.length < 3) {
      return this;
    }
    double tolerance =
        1e-3 * (DoubleStream.of(y).max().orElseThrow() - DoubleStream.of(y).min().orElseThrow());
    List<Integer> kept = new ArrayList<>(List.of(0));
    for (int i = 1; i < x.length - 1; i++) {
      int last = kept.getLast();
      double slope = (y[i + 1] - y[last]) / (x[i + 1] - x[last]);
      double passed = y[last] + slope * (x[i] - x[last]);
      if (!(Math.abs(passed - y[i]) <= tolerance)) {
        kept.add(i);
      }
    }
    kept.add(x.length - 1);
    return at(kept);
  }

  private Curve at(List<Integer> points) {
    return new Curve(
        points.stream().mapToDouble(point -> x[point]).toArray(),
        points.stream().mapToDouble(point -> y[point]).toArray());
  }

  /// {@return the same with fewer points: of each stretch the lowest and the highest}
  Curve thinned() {
    if (x.length <= MOST_POINTS) {
      return this;
    }
    List<Integer> kept = new ArrayList<>();
    int stretches = MOST_POINTS / 2;
    for (int i = 0; i < stretches; i++) {
      int from = (int) ((long) x.length * i / stretches);
      int to = (int) ((long) x.length * (i + 1) / stretches);
      int low = from;
      int high = from;
      for (int at = from; at < to; at++) {
        low = y[at] < y[low] ? at : low;
        high = y[at] > y[high] ? at : high;
      }
      kept.add(Math.min(low, high));
      if (low != high) {
        kept.add(Math.max(low, high));
      }
    }
    return at(kept);
  }
}
