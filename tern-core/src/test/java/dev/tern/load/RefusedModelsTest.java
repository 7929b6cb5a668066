package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.source.ModelSource;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Files whose model Tern cannot run, each refused by the name of what stands in the way.
class RefusedModelsTest {
  private static final LoadOptions OPTIONS =
      LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(1);
  private static final String ARCHITECTURE = "bitnet-b1.58.";

  @TempDir static Path folder;

  private static Path path;

  @BeforeAll
  static void write() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
  }

  private static TernException refusal(Path file) {
    TernException refusal =
        assertThrows(TernException.class, () -> new GgufModelLoader(OPTIONS).load(file).close());
    assertTrue(refusal.getMessage().contains(file.toString()), refusal.getMessage());
    return refusal;
  }

  private static Path edited(Consumer<EditedModel> changes) throws IOException {
    return EditedModel.edit(path, folder.resolve("edited.gguf"), changes);
  }

  private static Arguments key(String key, GgufValue value, String named) {
    return argumentSet(
        key + " " + value, (Consumer<EditedModel>) file -> file.put(key, value), named);
  }

  private static Arguments own(String key, GgufValue value, String named) {
    return key(ARCHITECTURE + key, value, named);
  }

  private static Arguments change(String named, Consumer<EditedModel> changes) {
    return argumentSet(named, changes, named);
  }

  static Stream<Arguments> notImplemented() {
    return Stream.of(
        key("general.architecture", GgufValue.text("mamba"), "'mamba'"),
        key("prism.hadamard.version", GgufValue.uint32(1), "prism.hadamard.version"),
        own("expert_count", GgufValue.uint32(8), "mixture of experts"),
        own("attention.sliding_window", GgufValue.uint32(512), "sliding-window"),
        own("attention.clamp_kqv", GgufValue.float32(8), "clamped"),
        own("attention.max_alibi_bias", GgufValue.float32(8), "ALiBi"),
        own("attention.scale", GgufValue.float32(0.1f), "attention scale"),
        own("attention.causal", GgufValue.bool(false), "causal"),
        own("attn_logit_softcapping", GgufValue.float32(50), "capped attention"),
        own("final_logit_softcapping", GgufValue.float32(30), "capped logits"),
        own("logit_scale", GgufValue.float32(2), "scaled logits"),
        own("embedding_scale", GgufValue.float32(12), "scaled embeddings"),
        own("residual_scale", GgufValue.float32(0.2f), "scaled residuals"),
        own("rope.scaling.type", GgufValue.text("yarn"), "yarn"),
        own("rope.scaling.type", GgufValue.text("longrope"), "longrope"),
        own("rope.dimension_count", GgufValue.uint32(16), "rotated"),
        own("attention.value_length", GgufValue.uint32(64), "values of 64"),
        key("tokenizer.ggml.model", GgufValue.text("bert"), "'bert'"),
        key("tokenizer.ggml.pre", GgufValue.text("klingon"), "'klingon'"),
        change(
            "blk.0.ffn_gate_exps.weight",
            file ->
                file.set("blk.0.ffn_gate_exps.weight", TensorType.F32, Shape.of(2), new float[2])),
        change(
            "blk.0.attn_q_norm.weight",
            file ->
                file.set("blk.0.attn_q_norm.weight", TensorType.F32, Shape.of(32), new float[32])),
        change(
            "blk.2.attn_q.weight",
            file -> file.set("blk.2.attn_q.weight", TensorType.F32, Shape.of(1), 1)),
        change(
            "output.bias",
            file -> file.set("output.bias", TensorType.F32, Shape.of(300), new float[300])));
  }

  @ParameterizedTest
  @MethodSource
  void notImplemented(Consumer<EditedModel> changes, String named) throws IOException {
    TernException refusal = refusal(edited(changes));
    assertInstanceOf(UnsupportedModelException.class, refusal);
    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
  }

  static Stream<Arguments> contradictory() {
    return Stream.of(
        own("embedding_length", GgufValue.uint32(256), "[300, 256]"),
        own("feed_forward_length", GgufValue.uint32(128), "blk.0.ffn_gate.weight"),
        own("feed_forward_length", GgufValue.uint32(Integer.MAX_VALUE), "intermediate size"),
        own("block_count", GgufValue.uint32(3), "blk.2.attn_norm.weight"),
        own("block_count", GgufValue.uint32(0), "layer count"),
        own("block_count", GgufValue.uint32(Integer.MAX_VALUE), "blk.2.attn_norm.weight"),
        own("attention.head_count", GgufValue.uint32(0), "head count"),
        own("attention.head_count", GgufValue.uint32(3), "cannot share"),
        own("attention.head_count", GgufArray.ofInts(4, 4), "head_count"),
        own("attention.head_count_kv", GgufValue.uint32(4), "blk.0.attn_k.weight"),
        own("context_length", GgufValue.uint32(0), "context length"),
        own("context_length", GgufValue.text("long"), "the string 'long'"),
        own("rope.freq_base", GgufValue.float32(0), "RoPE theta"),
        own("rope.freq_base", GgufValue.float32(Float.NaN), "RoPE theta"),
        own("rope.scaling.factor", GgufValue.float32(0), "scaling factor"),
        own("rope.scaling.factor", GgufValue.float32(Float.POSITIVE_INFINITY), "scaling factor"),
        own("attention.layer_norm_rms_epsilon", GgufValue.float32(-1), "epsilon"),
        own("attention.layer_norm_rms_epsilon", GgufValue.text("small"), "rms_epsilon"),
        key("tokenizer.ggml.bos_token_id", GgufValue.uint32(300), "300"),
        key("tokenizer.ggml.token_type", GgufArray.ofInts(1, 1), "2 token types"),
        key("tokenizer.ggml.tokens", GgufArray.ofInts(1, 1), "tokenizer.ggml.tokens"),
        change(
            "rope_freqs.weight",
            file -> file.set("rope_freqs.weight", TensorType.F32, Shape.of(16), new float[16])),
        change(
            "blk.0.attn_norm.weight",
            file ->
                file.set("blk.0.attn_norm.weight", TensorType.F32, Shape.of(64), new float[64])),
        change(
            "blk.0.attn_q.scale",
            file -> file.set("blk.0.attn_q.scale", TensorType.F32, Shape.of(2), 1, 1)),
        change(
            "blk.0.attn_q.bias",
            file -> file.set("blk.0.attn_q.bias", TensorType.F32, Shape.of(2), 1, 1)),
        change(
            "output.weight",
            file -> file.set("output.weight", TensorType.F32, Shape.of(1, 128), new float[128])),
        change("blk.1.attn_q.weight", file -> file.poke("blk.1.attn_q.weight", 7, 0xC0)));
  }

  @ParameterizedTest
  @MethodSource
  void contradictory(Consumer<EditedModel> changes, String named) throws IOException {
    TernException refusal = refusal(edited(changes));
    assertInstanceOf(ModelFormatException.class, refusal);
    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
  }

  static Stream<String> requiredKeys() {
    return Stream.of(
        "general.architecture",
        ARCHITECTURE + "embedding_length",
        ARCHITECTURE + "block_count",
        ARCHITECTURE + "feed_forward_length",
        ARCHITECTURE + "context_length",
        ARCHITECTURE + "attention.head_count",
        ARCHITECTURE + "attention.layer_norm_rms_epsilon",
        "tokenizer.ggml.model",
        "tokenizer.ggml.tokens");
  }

  @ParameterizedTest
  @MethodSource("requiredKeys")
  void namesAMissingKey(String key) throws IOException {
    TernException refusal = refusal(edited(file -> file.remove(key)));
    assertInstanceOf(ModelFormatException.class, refusal);
    assertTrue(refusal.getMessage().contains(key), refusal.getMessage());
  }

  @Test
  void namesEveryMissingTensor() throws IOException {
    List<String> names;
    try (GgufFile file = GgufFile.open(path)) {
      names = List.copyOf(file.tensors().keySet());
    }
    for (String name : names) {
      TernException refusal = refusal(edited(file -> file.drop(name)));
      assertInstanceOf(ModelFormatException.class, refusal);
      assertTrue(refusal.getMessage().contains(name), refusal.getMessage());
    }
  }

  /// Type numbers are changed in the file, because nothing writes such tensors.
  @ParameterizedTest
  @CsvSource({
    "38, TL1, I2_S",
    "39, TL2, I2_S",
    "335, IQ2_BN_R4, IQ2_BN",
    "143, PTQ1_0, Q2_0",
    "10, Q2_K, Q8_0",
    "777, type 777, Q8_0"
  })
  void namesEncodingsThatItDoesNotReadAndWhatToUse(int id, String name, String instead)
      throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    String tensor = "blk.0.attn_q.weight";
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(tensor) + tensor.length();
    ByteBuffer.wrap(bytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(at + Integer.BYTES + 2 * Long.BYTES, id);
    TernException refusal = refusal(Files.write(folder.resolve("foreign.gguf"), bytes));
    assertInstanceOf(UnsupportedModelException.class, refusal);
    for (String part : List.of(tensor, name, instead)) {
      assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
    }
  }

  @Test
  void namesTwoTensorsOfOneName() throws IOException {
    byte[] bytes = Files.readAllBytes(path);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("blk.1.attn_q.weight");
    bytes[at + 4] = '0';
    TernException refusal = refusal(Files.write(folder.resolve("twice.gguf"), bytes));
    assertInstanceOf(ModelFormatException.class, refusal);
    assertTrue(refusal.getMessage().contains("blk.0.attn_q.weight"), refusal.getMessage());
  }

  @Test
  void listsTheArchitecturesThatItRuns() throws IOException {
    String message =
        refusal(edited(file -> file.put("general.architecture", GgufValue.text("gpt2"))))
            .getMessage();
    for (String known : List.of("bitnet", "bitnet-25", "bitnet-b1.58", "llama", "qwen3")) {
      assertTrue(message.contains(known), message);
    }
  }

  /// What `tern show` says of a file that cannot be loaded.
  @Test
  void reportsTheSameObstacleWithoutLoading() throws IOException {
    Path unknown = edited(file -> file.put("general.architecture", GgufValue.text("mamba")));
    try (GgufFile file = GgufFile.open(unknown)) {
      ModelReport report = ModelReport.of(ModelSource.of(file));
      assertEquals(refusal(unknown).getMessage(), report.obstacle().orElseThrow());
      assertEquals(file.tensors().size(), report.tensors().size());
    }
    try (GgufFile file = GgufFile.open(path)) {
      ModelReport report = ModelReport.of(ModelSource.of(file));
      assertTrue(report.obstacle().isEmpty());
      assertEquals(300, report.config().orElseThrow().vocabularySize());
      assertEquals(
          List.of(
              "embedding, and head: decoded to floats x float input",
              "norm",
              "ternary x int8, exact integers"),
          report.tensors().stream().limit(3).map(ModelReport.TensorReport::use).toList());
    }
  }
}
