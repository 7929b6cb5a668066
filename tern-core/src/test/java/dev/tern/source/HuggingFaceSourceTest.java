package dev.tern.source;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.Session;
import dev.tern.TernException;
import dev.tern.TernModel;
import dev.tern.quant.Absmean;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.testing.CheckpointFolder;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HuggingFaceSourceTest {
  private static final String QUERY = "model.layers.0.self_attn.q_proj";
  private static final String VALUE = "model.layers.0.self_attn.v_proj";

  @TempDir Path folder;

  private ModelSource open(CheckpointFolder checkpoint) throws IOException {
    return ModelSource.open(checkpoint.write(folder));
  }

  private void assertRefused(CheckpointFolder checkpoint, String complaint) {
    TernException refusal =
        assertThrows(
            TernException.class,
            () -> {
              try (ModelSource source = open(checkpoint);
                  Arena arena = Arena.ofConfined()) {
                source.tensors().values().forEach(tensor -> tensor.load(arena));
              }
            });
    assertTrue(refusal.getMessage().contains(complaint), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(folder.toString()), refusal.getMessage());
  }

  private static byte[] codes(SourceTensor tensor, long row) {
    byte[] codes = new byte[CheckpointFolder.WIDTH];
    tensor.codes().orElseThrow().read(row, codes, new float[codes.length]);
    return codes;
  }

  private static float scale(SourceTensor tensor) {
    float[] scales = new float[CheckpointFolder.WIDTH];
    tensor.codes().orElseThrow().read(0, new byte[scales.length], scales);
    return scales[0];
  }

  /// The example of the formats page, widened: four rows that are a quarter of the matrix apart
  /// share a byte.
  @Test
  void unpacksRowsThatAreAQuarterOfTheMatrixApart() throws IOException {
    CheckpointFolder checkpoint = CheckpointFolder.packedLlama();
    byte[] packed = checkpoint.data(VALUE + ".weight");
    packed[3 * CheckpointFolder.WIDTH] = (byte) 152;
    try (ModelSource source = open(checkpoint)) {
      SourceTensor values = source.require("blk.0.attn_v.weight");
      assertEquals(Shape.of(64, 128), values.shape());
      assertEquals(-1, codes(values, 3)[0]);
      assertEquals(1, codes(values, 3 + 16)[0]);
      assertEquals(0, codes(values, 3 + 32)[0]);
      assertEquals(1, codes(values, 3 + 48)[0]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "{\"quant_method\":\"bitnet\"}, 0.25",
    "{\"quant_method\":\"bitnet\";\"linear_class\":\"bitlinear\"}, 0.25",
    "{\"quant_method\":\"bitnet\";\"linear_class\":\"autobitlinear\"}, 4"
  })
  void multipliesOrDividesByTheScaleAsTheLinearClassSays(String quantization, float expected)
      throws IOException {
    CheckpointFolder checkpoint =
        CheckpointFolder.packedLlama()
            .config("quantization_config", quantization.replace(';', ','));
    try (ModelSource source = open(checkpoint)) {
      assertEquals(expected, scale(source.require("blk.0.ffn_up.weight")));
      assertTrue(source.metadata().findBool(ModelKeys.BIT_LINEAR).orElseThrow());
    }
  }

  /// As in Llama3-8B-1.58: the last of two members of one name counts.
  @Test
  void readsAConfigurationThatNamesTheQuantizationTwice() throws IOException {
    CheckpointFolder.packedLlama().write(folder);
    String config = Files.readString(folder.resolve("config.json"));
    CheckpointFolder.writeConfig(
        folder, config.replaceFirst("\\{", "{\"quantization_config\":{\"quant_method\":\"awq\"},"));
    try (ModelSource source = ModelSource.open(folder)) {
      assertEquals(0.25f, scale(source.require("blk.0.ffn_up.weight")));
    }
  }

  @Test
  void readsScalesOfSixteenBitsAndWithoutADimension() throws IOException {
    byte[] bf16 = {(byte) 0x40, 0x3f}; // 0.75
    CheckpointFolder checkpoint =
        CheckpointFolder.packedLlama()
            .set(VALUE + ".weight_scale", SafetensorsType.BF16, Shape.of(), bf16);
    try (ModelSource source = open(checkpoint)) {
      assertEquals(1 / 0.75f, scale(source.require("blk.0.attn_v.weight")));
    }
  }

  @Test
  void reordersTheQueryRowsOfLlamaForNeighbouringRope() throws IOException {
    try (ModelSource source = open(CheckpointFolder.packedLlama())) {
      SourceTensor query = source.require("blk.0.attn_q.weight");
      CheckpointFolder plain = CheckpointFolder.packedLlama();
      byte[] packed = plain.data(QUERY + ".weight");
      for (int row : new int[] {0, 1, 2, 33, 127}) {
        int head = row / 32;
        int inHead = row % 32;
        int original = head * 32 + inHead % 2 * 16 + inHead / 2;
        byte[] expected = new byte[128];
        for (int col = 0; col < 128; col++) {
          int octet = packed[original % 32 * 128 + col];
          expected[col] = (byte) (((octet >> (original / 32 * 2)) & 3) - 1);
        }
        assertArrayEquals(expected, codes(query, row), "row " + row);
      }
    }
  }

  @Test
  void loadsWhatItHandsOut() throws IOException {
    try (ModelSource source = open(CheckpointFolder.masters());
        Arena arena = Arena.ofConfined()) {
      assertEquals("bitnet", source.metadata().requireString("general.architecture"));
      assertFalse(source.metadata().find(ModelKeys.BIT_LINEAR).isPresent());
      for (SourceTensor tensor : source.tensors().values()) {
        Tensor loaded = tensor.load(arena);
        assertEquals(tensor.byteSize(), loaded.data().byteSize());
        if (tensor.isMade()) {
          CodeSource expected = tensor.codes().orElseThrow();
          CodeSource actual = CodeSource.of(loaded);
          byte[][] codes = new byte[2][128];
          float[][] scales = new float[2][128];
          for (long row = 0; row < tensor.shape().rows(); row++) {
            expected.read(row, codes[0], scales[0]);
            actual.read(row, codes[1], scales[1]);
            assertArrayEquals(codes[0], codes[1], tensor.name());
            assertArrayEquals(scales[0], scales[1], tensor.name());
          }
        }
      }
    }
  }

  @Test
  void roundsMasterWeightsByTheirMeanMagnitude() throws IOException {
    try (ModelSource source = open(CheckpointFolder.masters())) {
      CheckpointFolder same = CheckpointFolder.masters();
      float[] all = new float[64 * 128];
      java.nio.ByteBuffer.wrap(same.data(VALUE + ".weight"))
          .order(java.nio.ByteOrder.LITTLE_ENDIAN)
          .asFloatBuffer()
          .get(all);
      Absmean expected =
          Absmean.of(
              (row, values) -> System.arraycopy(all, (int) row * 128, values, 0, 128),
              Shape.of(64, 128));
      assertEquals(expected.dequantScale(), scale(source.require("blk.0.attn_v.weight")));
    }
  }

  @Test
  void keepsTheScaleOfFloatsThatAreTernaryAlready() throws IOException {
    float[] ternary = new float[64 * 128];
    for (int i = 0; i < ternary.length; i++) {
      ternary[i] = (i % 3 - 1) * 0.3f;
    }
    CheckpointFolder checkpoint =
        CheckpointFolder.masters().set(VALUE + ".weight", Shape.of(64, 128), ternary);
    try (ModelSource source = open(checkpoint)) {
      assertEquals(0.3f, scale(source.require("blk.0.attn_v.weight")));
    }
  }

  @Test
  void readsUnpackedCodesBesideAScale() throws IOException {
    byte[] codes = new byte[64 * 128];
    float[] floats = new float[codes.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) (i % 3 - 1);
      floats[i] = codes[i];
    }
    CheckpointFolder asBytes =
        CheckpointFolder.packedLlama()
            .set(VALUE + ".weight", SafetensorsType.I8, Shape.of(64, 128), codes);
    try (ModelSource source = open(asBytes)) {
      assertArrayEquals(Arrays.copyOf(codes, 128), codes(source.require("blk.0.attn_v.weight"), 0));
    }
    CheckpointFolder asFloats =
        CheckpointFolder.packedLlama().set(VALUE + ".weight", Shape.of(64, 128), floats);
    try (ModelSource source = open(asFloats)) {
      SourceTensor values = source.require("blk.0.attn_v.weight");
      assertArrayEquals(Arrays.copyOf(codes, 128), codes(values, 0));
      assertEquals(0.25f, scale(values));
    }
  }

  @Test
  void takesTransformersDefaultsForWhatIsLeftOut() throws IOException {
    CheckpointFolder checkpoint =
        CheckpointFolder.masters()
            .withoutConfig("hidden_act")
            .withoutConfig("architectures")
            .withoutConfig("vocab_size")
            .withoutConfig("tie_word_embeddings")
            .config("model_type", "\"bitnet\"");
    try (ModelSource source = open(checkpoint)) {
      assertEquals("bitnet-b1.58", source.metadata().requireString("general.architecture"));
      assertEquals(500_000f, source.metadata().requireFloat("bitnet-b1.58.rope.freq_base"));
      assertEquals(2048, source.metadata().requireInt("bitnet-b1.58.context_length"));
    }
  }

  @Test
  void leavesOutAHeadThatTheConfigurationDoesNotWant() throws IOException {
    CheckpointFolder checkpoint =
        CheckpointFolder.packedLlama().floats("lm_head.weight", Shape.of(8, 128));
    try (ModelSource source = open(checkpoint)) {
      assertFalse(source.tensors().containsKey("output.weight"));
      assertEquals(1, source.notices().size());
    }
    try (ModelSource source = open(checkpoint.config("tie_word_embeddings", "false"))) {
      assertTrue(source.tensors().containsKey("output.weight"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "architectures|[\"MambaForCausalLM\"]|MambaForCausalLM",
        "hidden_act|\"gelu\"|the activation 'gelu'",
        "rope_scaling|{\"rope_type\":\"yarn\",\"factor\":4}|RoPE scaling of type 'yarn'",
        "rope_scaling|{\"type\":\"dynamic\"}|RoPE scaling of type 'dynamic'",
        "quantization_config|{\"quant_method\":\"gptq\"}|quant_method is 'gptq'",
        "quantization_config|{\"quant_method\":\"bitnet\",\"linear_class\":\"x\"}|linear_class is 'x'",
        "use_sliding_window|true|sliding-window",
        "layer_types|[\"sliding_attention\"]|sliding_attention",
        "partial_rotary_factor|0.5|partial_rotary_factor",
        "attention_bias|true|q_proj.bias is missing",
        "num_attention_heads|0|a number above 0",
        "hidden_size|64|but the configuration demands",
        "vocab_size|9|vocab_size is 9",
        "tie_word_embeddings|false|lm_head.weight is missing",
        "num_hidden_layers|2|layers.1.input_layernorm.weight is missing"
      })
  void refusesByName(String name, String json, String complaint) {
    assertRefused(CheckpointFolder.packedLlama().config(name, json), complaint);
  }

  @Test
  void refusesTensorsThatItHasNoPlaceFor() {
    assertRefused(
        CheckpointFolder.packedLlama().floats(QUERY + ".bias", Shape.of(128)),
        "has no place for 1 of the checkpoint's tensors (" + QUERY + ".bias)");
  }

  @Test
  void refusesWeightsThatAreNotWhatTheyShouldBe() {
    UnaryOperator<CheckpointFolder> codeThree =
        checkpoint -> {
          checkpoint.data(VALUE + ".weight")[5] = 3;
          return checkpoint;
        };
    assertRefused(codeThree.apply(CheckpointFolder.packedLlama()), "none of -1, 0 and +1");
    assertRefused(
        CheckpointFolder.packedLlama().drop(VALUE + ".weight_scale"), "no weight_scale beside it");
    assertRefused(
        CheckpointFolder.packedLlama().set(VALUE + ".weight_scale", Shape.of(1), 0), "no scale");
    assertRefused(
        CheckpointFolder.packedLlama()
            .drop(VALUE + ".weight_scale")
            .floats(VALUE + ".weight", Shape.of(64, 128)),
        "neither packed nor ternary");
    float[] infinite = new float[64 * 128];
    infinite[200] = Float.POSITIVE_INFINITY;
    assertRefused(
        CheckpointFolder.masters().set(VALUE + ".weight", Shape.of(64, 128), infinite),
        "row 1, column 72");
    assertRefused(
        CheckpointFolder.masters()
            .config(
                "quantization_config",
                "{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"mlp\",\"o_proj\"]}"),
        "modules_to_not_convert excludes");
  }

  /// No ternary encoding has blocks for a width of 40, but the model says itself that inputs are
  /// rounded, so that floats compute the same.
  @Test
  void loadsTernaryWeightsThatFillNoBlocksAsFloats() throws IOException {
    CheckpointFolder checkpoint = CheckpointFolder.packedLlama(40);
    try (ModelSource source = open(checkpoint);
        Arena arena = Arena.ofConfined()) {
      assertTrue(source.metadata().findBool(ModelKeys.BIT_LINEAR).orElseThrow());
      for (String name : new String[] {"blk.0.attn_v.weight", "blk.0.ffn_up.weight"}) {
        SourceTensor tensor = source.require(name);
        assertEquals("F32", tensor.typeName());
        Tensor loaded = tensor.load(arena);
        int cols = 40;
        byte[] codes = new byte[cols];
        float[] scales = new float[cols];
        float[] values = new float[cols];
        for (long row = 0; row < tensor.shape().rows(); row++) {
          tensor.codes().orElseThrow().read(row, codes, scales);
          Codecs.of(loaded.type()).decodeRow(loaded, row, values);
          for (int col = 0; col < cols; col++) {
            assertEquals(0.25f, scales[col]);
            assertEquals(codes[col] * scales[col], values[col]);
          }
        }
      }
    }
  }

  @Test
  void runsThem() throws IOException {
    Files.writeString(
        CheckpointFolder.packedLlama(40).write(folder).resolve("tokenizer.json"),
        """
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2}, "merges": []},
         "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
         "decoder": {"type": "ByteLevel"}}
        """);
    LoadOptions scalar = LoadOptions.defaults().withKernels(KernelChoice.SCALAR);
    try (TernModel model = TernModel.load(folder, scalar);
        Session session = model.newSession()) {
      for (double score : session.logProbabilities(new int[] {0, 1, 2, 0, 1}, 1)) {
        assertTrue(score < 0 && Double.isFinite(score));
      }
    }
  }

  @Test
  void saysWhatToDoWhereNoEncodingFitsAndFloatsWouldComputeSomethingElse() {
    String others = "model.layers.0.mlp.down_proj";
    assertRefused(
        CheckpointFolder.packedLlama(40)
            .floats(others + ".weight", Shape.of(40, 40))
            .drop(others + ".weight_scale")
            .config(
                "quantization_config",
                "{\"quant_method\":\"bitnet\",\"modules_to_not_convert\":[\"%s\"]}"
                    .formatted(others)),
        "multiple of 128 weights (I2_S) or of 64 columns (IQ2_BN)");
  }
}
