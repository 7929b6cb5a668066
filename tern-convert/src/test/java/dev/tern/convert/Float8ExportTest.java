package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.TernModel;
import dev.tern.UnsupportedModelException;
import dev.tern.quant.RowSource;
import dev.tern.safetensors.Float8;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Float8ExportTest {
  @TempDir Path folder;

  private static Path stories(String name) {
    return TestData.require("models/stories260k/" + name);
  }

  private Path written(Path source, SafetensorsType type) throws IOException {
    Path target = folder.resolve("target");
    try (ModelSource model = ModelSource.open(source)) {
      Float8Export.of(model, type, Optional.empty()).write(target, true);
    }
    return target;
  }

  private static float[] row(SourceTensor tensor, int row) {
    float[] values = new float[Math.toIntExact(tensor.shape().cols())];
    RowSource source = tensor.values();
    source.read(row, values);
    return values;
  }

  /// Query rows change their order on the way, to and fro.
  @ParameterizedTest
  @ValueSource(strings = {"stories260K-f32.gguf", "hf-stories260K"})
  void everyWeightIsTheNearestAndInItsPlace(String name) throws IOException {
    Path target = written(stories(name), SafetensorsType.F8_E4M3);
    try (ModelSource before = ModelSource.open(stories(name));
        ModelSource after = ModelSource.open(target);
        SafetensorsFolder files = SafetensorsFolder.open(target)) {
      assertEquals(before.tensors().keySet(), after.tensors().keySet());
      assertEquals(
          SafetensorsType.F8_E4M3, files.require("model.layers.2.self_attn.q_proj.weight").type());
      assertEquals(SafetensorsType.F16, files.require("model.embed_tokens.weight").type());
      assertEquals(SafetensorsType.F32, files.require("model.norm.weight").type());
      for (String tensor :
          new String[] {"blk.2.attn_q.weight", "blk.4.ffn_down.weight", "blk.0.attn_v.weight"}) {
        float[] expected = row(before.require(tensor), 13);
        for (int col = 0; col < expected.length; col++) {
          expected[col] = Float8.e4m3(Float8.toE4m3(expected[col]));
        }
        assertArrayEquals(expected, row(after.require(tensor), 13), tensor);
        assertEquals("F8_E4M3", after.require(tensor).typeName());
      }
      assertArrayEquals(
          row(before.require("output_norm.weight"), 0),
          row(after.require("output_norm.weight"), 0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stories260K-f32.gguf", "hf-stories260K"})
  void theFolderRunsWithTheSameTokens(String name) throws IOException {
    Path target = written(stories(name), SafetensorsType.F8_E5M2);
    GenerationOptions greedy = GenerationOptions.greedy().toBuilder().maxTokens(12).build();
    String text = "Once upon a time, there was a little girl named Lily.";
    try (TernModel before = TernModel.load(stories(name));
        TernModel after = TernModel.load(target)) {
      assertArrayEquals(
          before.tokenizer().encode(text, EncodeOptions.PROMPT),
          after.tokenizer().encode(text, EncodeOptions.PROMPT));
      assertTrue(after.generate(text, greedy).text().length() > 12);
    }
  }

  @Test
  void refusesModelsWhoseInputsAreRounded() throws IOException {
    for (String name :
        new String[] {
          "tinystories-b158-3m/bitllama-3M-i2_s.gguf",
          "tinystories-b158-3m/hf-bitllama-3M-f32",
          "llama-bitlinear-packed"
        }) {
      try (ModelSource model = ModelSource.open(TestData.require("models/" + name))) {
        UnsupportedModelException refusal =
            assertThrows(
                UnsupportedModelException.class,
                () -> Float8Export.of(model, SafetensorsType.F8_E4M3, Optional.empty()));
        assertTrue(refusal.getMessage().contains("rounded to int8"), refusal.getMessage());
      }
    }
  }

  @Test
  void refusesOtherTypes() throws IOException {
    try (ModelSource model = ModelSource.open(stories("hf-stories260K"))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> Float8Export.of(model, SafetensorsType.F16, Optional.empty()));
      assertThrows(
          IllegalArgumentException.class,
          () -> Float8Export.of(model, SafetensorsType.F8_E4M3, Optional.of(TensorType.Q8_0)));
      Float8Export wide =
          Float8Export.of(model, SafetensorsType.F8_E4M3, Optional.of(TensorType.F32));
      wide.write(folder.resolve("wide"), false);
    }
    try (SafetensorsFolder files = SafetensorsFolder.open(folder.resolve("wide"))) {
      assertEquals(SafetensorsType.F32, files.require("model.embed_tokens.weight").type());
    }
  }

  @Test
  void whatStopsItLeavesTheModelThatWasThere() throws IOException {
    Path target = written(stories("hf-stories260K"), SafetensorsType.F8_E4M3);
    try (ModelSource model = ModelSource.open(stories("hf-stories260K"))) {
      Float8Export export = Float8Export.of(model, SafetensorsType.F8_E5M2, Optional.empty());
      assertThrows(FileAlreadyExistsException.class, () -> export.check(target, false));
      export.onProgress((_, done, _) -> {
        if (done == 5) {
          throw new IllegalStateException("stopped");
        }
      });
      assertThrows(IllegalStateException.class, () -> export.write(target, true));
    }
    // The model that was there is as it was.
    try (SafetensorsFolder files = SafetensorsFolder.open(target)) {
      assertTrue(
          files.tensors().values().stream()
              .noneMatch(tensor -> tensor.type() == SafetensorsType.F8_E5M2));
    }
    ModelSource.requirePresent(target);
    Path file = Files.writeString(folder.resolve("file"), "mine");
    try (ModelSource model = ModelSource.open(stories("hf-stories260K"))) {
      Float8Export export = Float8Export.of(model, SafetensorsType.F8_E5M2, Optional.empty());
      assertThrows(FileAlreadyExistsException.class, () -> export.check(file, true));
    }
  }
}
