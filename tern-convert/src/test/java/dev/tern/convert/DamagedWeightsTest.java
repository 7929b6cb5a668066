package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.source.ModelSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Weights that are no numbers are refused by name and place.
class DamagedWeightsTest {
  private static final String PLACE = "row 1, column 3: NaN is not a finite value";

  @TempDir Path folder;

  private Path withNaN() throws IOException {
    Path path = folder.resolve("nan.gguf");
    int cols = 128;
    new GgufWriter()
        .put("general.architecture", GgufValue.text("bitnet-b1.58"))
        .add(
            "blk.0.attn_q.weight",
            TensorType.F32,
            Shape.of(4, cols),
            bytes -> bytes.setAtIndex(PackedRows.FLOAT, cols + 3, Float.NaN))
        .write(path);
    return path;
  }

  @Test
  void inAFile() throws IOException {
    Path target = folder.resolve("target.gguf");
    try (ModelSource model = ModelSource.open(withNaN())) {
      for (TensorType type : new TensorType[] {TensorType.I2_S, TensorType.Q1_0, TensorType.Q8_0}) {
        EncodingPlan plan = EncodingPlan.of(model, EncodingChoice.defaults().withLinear(type));
        GgufConversion conversion = GgufConversion.of(model, plan);
        UnsupportedModelException refusal =
            assertThrows(UnsupportedModelException.class, () -> conversion.write(target, false));
        assertTrue(refusal.getMessage().endsWith(PLACE), refusal.getMessage());
      }
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }
}
