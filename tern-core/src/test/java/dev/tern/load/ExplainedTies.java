package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Explains where the engine's logits differ from a reference: finds the values that lie on the
/// boundary between two int8 codes, and shows that with the other code of a single one of them the
/// rows agree.
///
/// Rows are compared in order, because a code of one token shows in the rows of all later ones.
final class ExplainedTies {
  /// Float32 rounding moves a scaled value by about 127 * 2^-24 in each of a few operations.
  private static final double ON_THE_BOUNDARY = 1e-4;

  private final Float64Model exact;
  private final SteeredKernels kernels;
  private final Forward model;
  private final int[] tokens;
  private final double tolerance;

  /// A value on the boundary.
  record Tie(int site, int token, int col) implements Comparable<Tie> {
    @Override
    public int compareTo(Tie other) {
      int byToken = Integer.compare(token, other.token);
      int bySite = byToken != 0 ? byToken : Integer.compare(site, other.site);
      return bySite != 0 ? bySite : Integer.compare(col, other.col);
    }
  }

  /// Wants the exact model to have computed these tokens.
  ExplainedTies(
      Float64Model exact, SteeredKernels kernels, Forward model, int[] tokens, double tolerance) {
    this.exact = exact;
    this.kernels = kernels;
    this.model = model;
    this.tokens = tokens;
    this.tolerance = tolerance;
  }

  /// {@return the ties that must be taken the other way for all rows to agree}
  List<Tie> explain(float[][] reference) {
    Set<Tie> taken = new TreeSet<>();
    int agreed = agreeing(reference, taken);
    while (agreed < reference.length) {
      int before = agreed;
      for (Tie tie : tiesOf(agreed)) {
        Set<Tie> more = new TreeSet<>(taken);
        more.add(tie);
        int now = agreeing(reference, more);
        if (now > agreed) {
          agreed = now;
          taken = more;
          break;
        }
      }
      int stuck = agreed;
      assertTrue(
          agreed > before,
          () ->
              "row %d differs from the reference, and no tie of %s explains it"
                  .formatted(stuck, tiesOf(stuck)));
    }
    return List.copyOf(taken);
  }

  /// {@return how many rows agree before the first that does not}
  private int agreeing(float[][] reference, Set<Tie> taken) {
    kernels.steer((site, token, col, code) ->
        taken.contains(new Tie(site, token, col)) ? otherCode(site, token, col) : code);
    float[][] computed = model.logits(tokens);
    int agreed = 0;
    while (agreed < reference.length
        && Forward.distance(computed[agreed], reference[agreed]) < tolerance) {
      agreed++;
    }
    return agreed;
  }

  private int otherCode(int site, int token, int col) {
    double scaled = exact.scaled.get(site)[token][col];
    int code = Float64Model.code(scaled);
    return scaled > code ? code + 1 : code - 1;
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
