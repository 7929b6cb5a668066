package dev.tern.synthetic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.gguf.GgufFile;
import dev.tern.tensor.TensorType;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SyntheticModelTest {
  private static final LoadOptions OPTIONS =
      LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(1);

  @TempDir Path folder;

  private Path write(SyntheticModel model, String name) throws IOException {
    Path path = folder.resolve(name);
    model.write(path);
    return path;
  }

  @Test
  void theSameDescriptionGivesTheSameFileAndAnotherSeedAnother() throws IOException {
    SyntheticModel model = SyntheticModel.of(SyntheticShape.TINY);
    Path first = write(model, "first");
    assertEquals(-1, Files.mismatch(first, write(model, "second")));
    SyntheticModel other =
        new SyntheticModel(SyntheticShape.TINY, TensorType.I2_S, TensorType.F16, 2);
    assertNotEquals(-1, Files.mismatch(first, write(other, "other")));
  }

  @ParameterizedTest
  @EnumSource(names = "I2_S_ARM64", mode = EnumSource.Mode.EXCLUDE)
  void modelsOfEveryEncodingRun(TensorType type) throws IOException {
    SyntheticShape shape =
        new SyntheticShape("wide", "llama", 256, 256, 1, 4, 2, 64, 260, 64, 1e4f, 1e-5f);
    Path path = write(SyntheticModel.of(shape).withLinearType(type), "model");
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(type, file.requireTensor("blk.0.ffn_down.weight").type());
    }
    try (TernModel model = TernModel.load(path, OPTIONS)) {
      assertEquals(type.name(), model.info().encoding());
      GenerationOptions three =
          GenerationOptions.greedy().toBuilder().maxTokens(3).ignoreEos(true).build();
      assertEquals(3, model.generate("Hi", three).tokens().size());
    }
  }

  @ParameterizedTest
  @CsvSource({"F16", "F32", "Q8_0", "Q4_0", "BF16"})
  void embeddingsCanHaveEncodingsOfTheirOwn(TensorType type) throws IOException {
    Path path = write(SyntheticModel.of(SyntheticShape.TINY).withEmbeddingType(type), "embedding");
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(type, file.requireTensor("token_embd.weight").type());
    }
  }

  @ParameterizedTest
  @CsvSource({"bitnet", "bitnet-25", "bitnet-b1.58", "llama", "qwen3"})
  void modelsOfEveryArchitectureLoad(String architecture) throws IOException {
    Path path =
        write(SyntheticModel.of(SyntheticShape.TINY.withArchitecture(architecture)), architecture);
    try (TernModel model = TernModel.load(path, OPTIONS)) {
      assertEquals(architecture, model.info().architecture());
    }
  }

  @Test
  void theVocabularySpellsEveryText() throws IOException {
    Path path = write(SyntheticModel.of(SyntheticShape.TINY), "tiny");
    try (TernModel model = TernModel.load(path, OPTIONS)) {
      String text = "naïve 🦙\n\u0000\t~";
      int[] ids = model.tokenizer().encode(text, EncodeOptions.TEXT);
      assertEquals(text, model.tokenizer().decode(ids));
      assertEquals(300, model.tokenizer().vocabularySize());
    }
  }

  @Test
  void shapesAreFoundByName() {
    for (SyntheticShape shape :
        new SyntheticShape[] {
          SyntheticShape.BITNET_2B,
          SyntheticShape.BITNET_LARGE,
          SyntheticShape.FALCON3_1B,
          SyntheticShape.TINY
        }) {
      assertEquals(shape, SyntheticShape.byName(shape.name()));
    }
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> SyntheticShape.byName("gpt"));
    assertTrue(refusal.getMessage().contains("bitnet-2b"), refusal.getMessage());
  }

  @Test
  void refusesWhatCannotBeWritten() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new SyntheticShape("s", "llama", 64, 64, 1, 4, 2, 16, 259, 64, 1e4f, 1e-5f));
    SyntheticModel narrow =
        SyntheticModel.of(
            new SyntheticShape("s", "llama", 64, 64, 1, 4, 2, 16, 260, 64, 1e4f, 1e-5f));
    assertThrows(
        IllegalArgumentException.class,
        () -> narrow.withLinearType(TensorType.TQ1_0).write(folder.resolve("never")));
  }
}
