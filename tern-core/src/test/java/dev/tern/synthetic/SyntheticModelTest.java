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
import dev.tern.quant.Codecs;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
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
  @CsvSource({"I2_S, F16", "F16, Q8_0", "TQ1_0, Q4_0"})
  void memoryHoldsWhatTheFileWould(TensorType linear, TensorType embedding) throws IOException {
    SyntheticShape shape =
        new SyntheticShape("wide", "llama", 256, 512, 1, 4, 2, 64, 700, 64, 1e4f, 1e-5f);
    SyntheticModel model =
        SyntheticModel.of(shape).withLinearType(linear).withEmbeddingType(embedding);
    Path path = write(model, "file");
    AtomicLong made = new AtomicLong();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment bytes = model.toMemory(arena, made::addAndGet);
      assertEquals(-1, bytes.mismatch(MemorySegment.ofArray(Files.readAllBytes(path))));
      assertEquals(bytes.byteSize(), model.byteSize());
      try (GgufFile file = GgufFile.of("memory", bytes)) {
        long matrices =
            file.tensors().keySet().stream()
                .map(file::requireTensor)
                .filter(tensor -> tensor.shape().rank() == 2)
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
        assertEquals(matrices, made.get(), "progress");
      }
    }
  }

  @Test
  void modelsRunFromMemoryAndLeaveItToItsOwner() throws IOException {
    SyntheticModel description = SyntheticModel.of(SyntheticShape.TINY);
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().maxTokens(5).ignoreEos(true).build();
    try (Arena arena = Arena.ofShared();
        TernModel fromFile = TernModel.load(write(description, "file"), OPTIONS)) {
      MemorySegment bytes = description.toMemory(arena, _ -> {});
      for (int i = 0; i < 2; i++) {
        try (TernModel model = TernModel.load(GgufFile.of("memory", bytes), OPTIONS)) {
          assertEquals(
              fromFile.generate("Hi", options).tokens(), model.generate("Hi", options).tokens());
        }
      }
      assertTrue(arena.scope().isAlive());
    }
  }

  @Test
  void weightsAreRandomThroughout() {
    SyntheticShape shape =
        new SyntheticShape("s", "llama", 768, 1024, 1, 12, 12, 64, 2000, 64, 1e4f, 1e-5f);
    SyntheticModel model = SyntheticModel.of(shape).withEmbeddingType(TensorType.Q8_0);
    try (Arena arena = Arena.ofShared();
        GgufFile file = GgufFile.of("memory", model.toMemory(arena, _ -> {}))) {
      Tensor tensor = file.requireTensor("blk.0.ffn_down.weight");
      int[] counts = new int[3];
      byte[] codes = new byte[tensor.cols()];
      for (int row = 0; row < tensor.rows(); row++) {
        Codecs.lowBit(TensorType.I2_S).orElseThrow().decodeCodes(tensor, row, codes);
        for (byte code : codes) {
          counts[code + 1]++;
        }
      }
      for (int count : counts) {
        assertEquals(1 / 3.0, count / (double) tensor.shape().elements(), 0.002);
      }
      MemorySegment rows = file.requireTensor("token_embd.weight").data();
      assertNotEquals(-1, rows.asSlice(0, 816).mismatch(rows.asSlice(816, 816)));
    }
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
    for (String name : SyntheticShape.names()) {
      assertEquals(name, SyntheticShape.byName(name).name());
    }
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> SyntheticShape.byName("gpt"));
    assertTrue(refusal.getMessage().contains("13b, 30b, 70b, 100b"), refusal.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "125m, 0.128e9",
    "350m, 0.36e9",
    "700m, 0.73e9",
    "1.3b, 1.3e9",
    "2b4t, 2.4e9",
    "3b, 3.3e9",
    "7b, 6.9e9",
    "13b, 12.9e9",
    "30b, 30.5e9",
    "70b, 69.9e9",
    "100b, 100e9"
  })
  void shapesHaveTheSizeThatTheirNameSays(String name, double parameters) {
    SyntheticModel ofBytes =
        SyntheticModel.of(SyntheticShape.byName(name))
            .withLinearType(TensorType.F16)
            .withEmbeddingType(TensorType.F16);
    assertEquals(parameters, ofBytes.byteSize() / 2.0, 0.05 * parameters);
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
