package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufValueType;
import dev.tern.source.ModelSource;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Files written here, read by Hugging Face's own reader, which its pages show models with. It is
/// installed below `target`, where there is npm and it reaches its registry.
class JavaScriptReaderTest {
  private static final String READER =
      """
      import { gguf } from "@huggingface/gguf";
      const file = await gguf(process.argv.at(-1), { allowLocalFile: true });
      const plain = (_, value) => typeof value === "bigint" ? Number(value) : value;
      console.log(JSON.stringify(file, plain));
      """;
  private static final List<String> INSTALL =
      List.of(
          "npm",
          "install",
          "--no-audit",
          "--no-fund",
          "--ignore-scripts",
          "--fetch-retries=0",
          "--fetch-timeout=15000",
          "--prefix",
          ".",
          "@huggingface/gguf@0.4.6",
          "@huggingface/tasks@0.21.33");
  private static final Path INSTALLED = Path.of("target", "javascript");
  private static final String TOKENIZER = "tokenizer.ggml.";

  @TempDir Path folder;

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    if (Files.notExists(INSTALLED.resolve("node_modules/@huggingface/gguf/package.json"))) {
      Process npm = start(INSTALL, Path.of("npm.log"));
      boolean ended = npm.waitFor(60, TimeUnit.SECONDS);
      npm.destroyForcibly();
      Assumptions.assumeTrue(
          ended && npm.exitValue() == 0,
          "skipped: npm cannot install @huggingface/gguf, see target/javascript/npm.log");
    }
  }

  private static Process start(List<String> command, Path output) throws IOException {
    try {
      return new ProcessBuilder(command)
          .directory(INSTALLED.toFile())
          .redirectErrorStream(true)
          .redirectOutput(INSTALLED.resolve(output).toFile())
          .start();
    } catch (IOException absent) {
      Assumptions.abort("skipped: there is no " + command.getFirst());
      throw absent;
    }
  }

  private JsonNode read(Path gguf) throws IOException, InterruptedException {
    Path output = folder.resolve("read.json").toAbsolutePath();
    Process node =
        start(
            List.of("node", "--input-type=module", "-e", READER, gguf.toAbsolutePath().toString()),
            output);
    assertTrue(node.waitFor(60, TimeUnit.SECONDS), "node does not end");
    String said = Files.readString(output);
    assertEquals(0, node.exitValue(), said);
    return new JsonMapper().readTree(said);
  }

  /// A byte-level tokenizer and a SentencePiece one, and every encoding.
  @ParameterizedTest
  @CsvSource({
    "llama-bitlinear-packed, I2_S, F16",
    "llama-bitlinear-packed, TQ1_0, BF16",
    "llama-bitlinear-packed, TQ2_0, F32",
    "llama-bitlinear-packed, IQ2_BN, Q8_0",
    "bitnet-online-bf16, IQ1_BN, Q6_K",
    "tinystories-b158-3m/hf-bitllama-3M-packed, I2_S, F16",
  })
  void findsEverythingWhereItIs(String name, TensorType linear, TensorType embedding)
      throws Exception {
    Path source = TestData.require("models/" + name);
    Path target = folder.resolve("model.gguf");
    EncodingChoice choice = EncodingChoice.defaults().withLinear(linear).withEmbedding(embedding);
    try (ModelSource model = ModelSource.open(source)) {
      GgufConversion.of(model, EncodingPlan.of(model, choice)).write(target, false);
    }
    JsonNode read = read(target);
    try (GgufFile file = GgufFile.open(target)) {
      requireSameMetadata(file.metadata(), read.get("metadata"));
      requireSameTensors(file, target, read);
    }
  }

  private static void requireSameMetadata(GgufMetadata expected, JsonNode actual) {
    String architecture = expected.requireString("general.architecture");
    assertEquals(architecture, actual.get("general.architecture").asString());
    assertEquals(
        expected.requireInt(architecture + ".block_count"),
        actual.get(architecture + ".block_count").asInt());
    String vocabulary = expected.requireString(TOKENIZER + "model");
    assertEquals(vocabulary, actual.get(TOKENIZER + "model").asString());
    assertEquals(
        expected.findBool(TOKENIZER + "add_bos_token").orElseThrow(),
        actual.get(TOKENIZER + "add_bos_token").asBoolean());
    requireSameTexts(expected, actual, TOKENIZER + "tokens");
    if (vocabulary.equals("gpt2")) {
      requireSameTexts(expected, actual, TOKENIZER + "merges");
    } else {
      float[] scores = array(expected, TOKENIZER + "scores", GgufValueType.FLOAT32).floats();
      for (int id = 0; id < scores.length; id++) {
        // JSON writes a negative zero as 0.
        assertEquals(scores[id] + 0f, (float) actual.get(TOKENIZER + "scores").get(id).asDouble());
      }
    }
    int[] types = array(expected, TOKENIZER + "token_type", GgufValueType.INT32).ints();
    assertEquals(types.length, actual.get(TOKENIZER + "token_type").size());
    for (int id = 0; id < types.length; id++) {
      assertEquals(types[id], actual.get(TOKENIZER + "token_type").get(id).asInt());
    }
  }

  private static GgufArray array(GgufMetadata metadata, String key, GgufValueType type) {
    return metadata.findArray(key, type).orElseThrow();
  }

  private static void requireSameTexts(GgufMetadata expected, JsonNode actual, String key) {
    List<String> texts = array(expected, key, GgufValueType.STRING).strings();
    assertEquals(texts, actual.get(key).valueStream().map(JsonNode::asString).toList());
  }

  private static void requireSameTensors(GgufFile file, Path path, JsonNode read)
      throws IOException {
    assertEquals(file.tensors().size(), read.get("tensorInfos").size());
    try (Arena arena = Arena.ofConfined();
        FileChannel channel = FileChannel.open(path)) {
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      for (JsonNode found : read.get("tensorInfos")) {
        Tensor tensor = file.requireTensor(found.get("name").asString());
        assertEquals(tensor.type().id(), found.get("dtype").asInt(), tensor.name());
        int rank = tensor.shape().rank();
        assertEquals(rank, found.get("shape").size(), tensor.name());
        for (int i = 0; i < rank; i++) {
          assertEquals(tensor.shape().dimension(rank - 1 - i), found.get("shape").get(i).asLong());
        }
        long at = read.get("tensorDataOffset").asLong() + found.get("offset").asLong();
        long size = tensor.data().byteSize();
        assertEquals(-1, tensor.data().mismatch(bytes.asSlice(at, size)), tensor.name());
      }
    }
  }
}
