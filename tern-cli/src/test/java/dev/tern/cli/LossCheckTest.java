package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.convert.Loss;
import dev.tern.eval.TensorComparison;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightDifference;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import dev.tern.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LossCheckTest {
  private static final LossCheck CHECK =
      new LossCheck(Map.of("whole", Loss.NONE, "scaled", Loss.SCALES, "rounded", Loss.VALUES));

  private static List<String> unplanned(String name, WeightDifference difference) {
    TensorComparison tensor = new TensorComparison(name, Shape.of(2, 5), "F32", "Q8_0", difference);
    return CHECK.unplanned(new WeightComparison(List.of(tensor), List.of(), List.of(), List.of()));
  }

  private static void assertAllowed(String name, WeightDifference difference) {
    assertEquals(List.of(), unplanned(name, difference));
  }

  private static void assertUnplanned(String name, WeightDifference difference) {
    assertEquals(List.of(name + " differs, which Q8_0 need not lose"), unplanned(name, difference));
  }

  @Test
  void onlyWhatWasAskedForMayBeLost() {
    OfValues equal = new OfValues(10, 0, 0, 0, 1);
    OfValues other = new OfValues(10, 1, 0.5, 0.25, 1);
    OfCodes otherScales = new OfCodes(10, 0, 10, 1e-4);
    OfCodes otherCodes = new OfCodes(10, 1, 0, 0);
    assertAllowed("whole", equal);
    assertUnplanned("whole", other);
    assertUnplanned("whole", otherScales);
    assertAllowed("scaled", otherScales);
    assertUnplanned("scaled", otherCodes);
    assertAllowed("rounded", otherCodes);
    assertAllowed("rounded", other);
    assertUnplanned("unheard of", other);
  }

  @Test
  void tensorsMayNeitherGoNorComeNorChangeTheirShape() {
    WeightComparison weights =
        new WeightComparison(
            List.of(),
            List.of("gone"),
            List.of("come"),
            List.of(new WeightComparison.ShapeDifference("rounded", Shape.of(2), Shape.of(3))));
    assertEquals(
        List.of("gone is missing", "come is new", "rounded has another shape"),
        CHECK.unplanned(weights));
  }

  @Test
  void saysWhatWasAskedFor() {
    assertEquals(
        "the weights of 1 tensors are rounded, the scales of 1 tensors are rounded to half precision",
        CHECK.describe());
  }
}
