package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.load.Float64Model.Tie;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Explains where a reference's logits differ from those of exact arithmetic: finds the values that
/// lie on the boundary between two int8 codes, and shows that with the code on the other side of a
/// few of them the rows agree.
///
/// Rows are compared in order, because a code of one token shows in the rows of all later ones.
final class ExplainedTies {
  /// Float32 rounding moves a scaled value by about 127 * 2^-24 in each of a few operations.
  static final double ON_THE_BOUNDARY = 1e-4;

  private final Float64Model exact;
  private final int[] tokens;
  private final float[][] reference;
  private final double tolerance;

  ExplainedTies(Float64Model exact, int[] tokens, float[][] reference, double tolerance) {
    this.exact = exact;
    this.tokens = tokens;
    this.reference = reference;
    this.tolerance = tolerance;
  }

  /// {@return the ties that must be taken the other way for all rows to agree; the exact model
  /// keeps them turned}
  List<Tie> explain() {
    Set<Tie> turned = new TreeSet<>();
    double[] distances = distances(turned);
    for (int row = firstDiffering(distances); row >= 0; row = firstDiffering(distances)) {
      Set<Tie> better = new TreeSet<>(turned);
      double least = distances[row];
      for (Tie tie : tiesOf(row)) {
        Set<Tie> candidate = new TreeSet<>(turned);
        candidate.add(tie);
        double distance = distances(candidate)[row];
        if (distance < least) {
          least = distance;
          better = candidate;
        }
      }
      int unexplained = row;
      assertTrue(
          better.size() > turned.size(),
          () -> "row %d differs by more than a tie explains".formatted(unexplained));
      turned = better;
      distances = distances(turned);
    }
    return List.copyOf(turned);
  }

  private int firstDiffering(double[] distances) {
    for (int row = 0; row < distances.length; row++) {
      if (distances[row] > tolerance) {
        return row;
      }
    }
    return -1;
  }

  private double[] distances(Set<Tie> turned) {
    exact.turn(turned);
    double[][] logits = exact.logits(tokens);
    double[] distances = new double[tokens.length];
    Arrays.setAll(distances, row -> Forward.distance(toFloats(logits[row]), reference[row]));
    return distances;
  }

  static float[] toFloats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private List<Tie> tiesOf(int token) {
    List<Tie> ties = new ArrayList<>();
    for (int site = 0; site < exact.scaled.size(); site++) {
      double[] scaled = exact.scaled.get(site)[token];
      for (int col = 0; col < scaled.length; col++) {
        if (Float64Model.distanceToTie(scaled[col]) < ON_THE_BOUNDARY) {
          ties.add(new Tie(site, token, col));
        }
      }
    }
    return ties;
  }
}
