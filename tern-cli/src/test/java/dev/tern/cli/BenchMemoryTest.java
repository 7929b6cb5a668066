package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchMemoryTest {
  private static final long GB = 1_000_000_000;

  private static BenchConfiguration of(BenchModel model) {
    return new BenchConfiguration(model, LoadOptions.defaults(), SessionOptions.defaults(), "");
  }

  private static BenchConfiguration shape(String name) {
    return of(new BenchModel.Random(SyntheticModel.of(SyntheticShape.byName(name))));
  }

  @Test
  void aShapeThatDoesNotFitIsRefusedWithBothNumbers() {
    List<BenchConfiguration> large = List.of(shape("100b"));
    assertDoesNotThrow(() -> BenchMemory.require(large, 128, 40 * GB));
    MemoryShortageException refusal =
        assertThrows(MemoryShortageException.class, () -> BenchMemory.require(large, 128, 24 * GB));
    assertTrue(
        refusal
            .getMessage()
            .startsWith(
                "measuring 100b in I2_S needs 26.8 GB of memory, but only 24.0 GB can be had"),
        refusal.getMessage());
    assertEquals(ExitCode.NO_MEMORY, ExitCode.of(refusal));
  }

  @Test
  void whatIsComparedIsLoadedTogetherAndShared() {
    BenchConfiguration one = shape("2b4t");
    BenchConfiguration sameWeights = one.with("threads=1");
    BenchConfiguration otherWeights = one.with("type=F16");
    assertDoesNotThrow(() -> BenchMemory.require(List.of(one, sameWeights), 128, 5 * GB / 2));
    assertThrows(
        MemoryShortageException.class,
        () -> BenchMemory.require(List.of(one, otherWeights), 128, 5 * GB));
  }

  @Test
  void repackedWeightsAndLongTextsCount() {
    BenchConfiguration repacked = shape("2b4t").with("type=TQ1_0");
    assertThrows(
        MemoryShortageException.class,
        () -> BenchMemory.require(List.of(repacked), 128, 16 * GB / 10));
    assertThrows(
        MemoryShortageException.class,
        () -> BenchMemory.require(List.of(shape("70b")), 2048, 25 * GB));
  }

  @Test
  void copiesOfWeightsCount() {
    BenchConfiguration plain = shape("2b4t").with("head-index=false");
    assertDoesNotThrow(() -> BenchMemory.require(List.of(plain), 128, 17 * GB / 10));
    for (String copy : List.of("head-index=true", "ternary-layout=triples", "skip-zeros=on")) {
      BenchConfiguration copied = plain.with(copy);
      assertThrows(
          MemoryShortageException.class,
          () -> BenchMemory.require(List.of(copied), 128, 17 * GB / 10));
    }
  }

  @Test
  void filesAreMappedAndFitAnywhere() {
    BenchConfiguration file = of(new BenchModel.Trained(Path.of("large.gguf")));
    assertDoesNotThrow(() -> BenchMemory.require(List.of(file), 128, 1));
  }
}
