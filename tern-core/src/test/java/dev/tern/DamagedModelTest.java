package dev.tern;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufTensor;
import dev.tern.gguf.GgufValue;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import dev.tern.testing.EditedModel;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damaged files of whole models: they load and generate, or they are refused with a sentence, and
/// cost no more than their size justifies.
class DamagedModelTest {
  private static final LoadOptions OPTIONS =
      LoadOptions.defaults().withKernels(KernelChoice.SCALAR).withThreads(1);
  private static final GenerationOptions A_FEW_TOKENS =
      GenerationOptions.builder().seed(1).maxTokens(3).ignoreEos(true).build();

  /// Everything that loading, a session and a few tokens allocate besides what the file holds.
  private static final long BASIC_BYTES = 16L << 20;

  private static final int BYTES_PER_FILE_BYTE = 64;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @TempDir Path folder;

  /// Models that between them use everything that files can hold.
  enum Sample {
    BITNET {
      @Override
      Path write(Path folder) throws IOException {
        Path plain = folder.resolve("plain.gguf");
        SyntheticModel.of(shape("bitnet-b1.58")).write(plain);
        return EditedModel.edit(
            plain,
            folder.resolve(name()),
            model ->
                model
                    .put("tokenizer.chat_template", GgufValue.text("{{ BITNETAssistant }}"))
                    .put("bitnet-b1.58.rope.scaling.type", GgufValue.text("linear"))
                    .put("bitnet-b1.58.rope.scaling.factor", GgufValue.float32(2))
                    .set("blk.0.attn_q.scale", TensorType.F32, Shape.of(1), 0.5f)
                    .encode("blk.0.ffn_up.weight", TensorType.IQ1_BN));
      }
    },
    LLAMA {
      @Override
      Path write(Path folder) throws IOException {
        Path plain = folder.resolve("plain.gguf");
        new SyntheticModel(shape("llama"), TensorType.Q8_0, TensorType.F16, 1).write(plain);
        return EditedModel.edit(
            plain,
            folder.resolve(name()),
            model ->
                sentencePiece(model)
                    .set(
                        "rope_freqs.weight",
                        TensorType.F32,
                        Shape.of(8),
                        new float[] {1, 1, 1, 1, 2, 2, 2, 2})
                    .set("blk.0.attn_k.bias", TensorType.F32, Shape.of(16), new float[16])
                    .encode("blk.0.ffn_gate.weight", TensorType.I2_S)
                    .set(
                        "output.weight",
                        TensorType.F32,
                        model.shape("token_embd.weight"),
                        model.values("token_embd.weight")));
      }
    },
    QWEN3 {
      @Override
      Path write(Path folder) throws IOException {
        Path path = folder.resolve(name());
        new SyntheticModel(shape("qwen3"), TensorType.Q2_0, TensorType.Q4_0, 1).write(path);
        return path;
      }
    };

    abstract Path write(Path folder) throws IOException;

    private static SyntheticShape shape(String architecture) {
      return new SyntheticShape("small", architecture, 64, 64, 1, 4, 1, 16, 270, 64, 1e4f, 1e-5f);
    }

    private static EditedModel sentencePiece(EditedModel model) {
      List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
      for (int octet = 0; octet < 256; octet++) {
        tokens.add("<0x%02X>".formatted(octet));
      }
      tokens.addAll(List.of("▁", "a", "b", "▁a", "ab"));
      int[] types = new int[tokens.size()];
      float[] scores = new float[tokens.size()];
      for (int id = 0; id < types.length; id++) {
        types[id] = id == 0 ? 2 : id < 3 ? 3 : id < 259 ? 6 : 1;
        scores[id] = -id;
      }
      return model
          .put("tokenizer.ggml.model", GgufValue.text("llama"))
          .put("tokenizer.ggml.tokens", GgufArray.ofStrings(tokens))
          .put("tokenizer.ggml.scores", GgufArray.ofFloats(scores))
          .put("tokenizer.ggml.token_type", GgufArray.ofInts(types))
          .put("tokenizer.ggml.bos_token_id", GgufValue.uint32(1))
          .put("tokenizer.ggml.eos_token_id", GgufValue.uint32(2))
          .remove("tokenizer.ggml.eot_token_id")
          .remove("tokenizer.ggml.pre")
          .remove("tokenizer.ggml.merges");
    }
  }

  /// Anything but text or a refusal fails the test.
  private static boolean runs(Path path) throws IOException {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    long allowed = BASIC_BYTES + BYTES_PER_FILE_BYTE * Files.size(path);
    boolean ran = false;
    try (TernModel model = TernModel.load(path, OPTIONS)) {
      try (Session session = model.newSession(SessionOptions.defaults().withBatchSize(4))) {
        session.generate("ab a", A_FEW_TOKENS);
        ran = true;
      }
    } catch (ModelFormatException | UnsupportedModelException refusal) {
      assertFalse(refusal.getMessage().isBlank());
    } catch (ContextLengthException tooShort) {
      assertTrue(tooShort.available() < tooShort.requested());
    }
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < allowed, () -> "%d bytes of heap".formatted(allocated));
    return ran;
  }

  private static void runs(Path path, String damage) {
    try {
      runs(path);
    } catch (IOException | RuntimeException | Error failure) {
      throw new AssertionError(damage, failure);
    }
  }

  private static long headerBytes(Path path) throws IOException {
    try (GgufFile file = GgufFile.open(path)) {
      return file.tensors().values().stream().mapToLong(GgufTensor::byteOffset).min().orElseThrow();
    }
  }

  @ParameterizedTest
  @EnumSource
  void samplesRun(Sample sample) throws IOException {
    assertTrue(runs(sample.write(folder)));
  }

  @ParameterizedTest
  @EnumSource
  void survivesTruncationAtEveryByteOfTheHeaderAndAtRandomOnes(Sample sample) throws IOException {
    Path path = sample.write(folder);
    long header = headerBytes(path);
    Random random = new Random(1);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      long length = file.size();
      while (length > 0) {
        length = Math.max(0, length - (length > header ? 1 + random.nextInt(500) : 1));
        file.truncate(length);
        assertFalse(runs(path), "the beginning of a file is no file");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void survivesFlippedBytes(Sample sample) throws IOException {
    Path path = sample.write(folder);
    int header = Math.toIntExact(headerBytes(path));
    byte[] whole = Files.readAllBytes(path);
    Random random = new Random(2);
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (int round = 0; round < 1_000; round++) {
        int flips = 1 + random.nextInt(3);
        List<Integer> places = new ArrayList<>();
        StringBuilder damage = new StringBuilder();
        for (int i = 0; i < flips; i++) {
          // Most damage where it matters most.
          int at = random.nextInt(random.nextInt(4) == 0 ? whole.length : header);
          int value =
              random.nextBoolean() ? random.nextInt(256) : whole[at] ^ 1 << random.nextInt(8);
          write(file, at, (byte) value);
          places.add(at);
          damage.append("byte %d is %d. ".formatted(at, value & 0xFF));
        }
        runs(path, damage.toString());
        for (int at : places) {
          write(file, at, whole[at]);
        }
      }
    }
    assertTrue(runs(path), "the file is whole again");
  }

  private static void write(FileChannel file, int at, byte value) throws IOException {
    file.write(ByteBuffer.wrap(new byte[] {value}), at);
  }

  /// Every number of the metadata at its extremes.
  @ParameterizedTest
  @EnumSource
  void survivesAbsurdNumbers(Sample sample) throws IOException {
    Path path = sample.write(folder);
    List<String> keys;
    try (GgufFile file = GgufFile.open(path)) {
      keys =
          file.metadata().asMap().entrySet().stream()
              .filter(pair -> !(pair.getValue() instanceof GgufArray))
              .map(Map.Entry::getKey)
              .toList();
    }
    Path absurd = folder.resolve("absurd.gguf");
    List<GgufValue> values =
        List.of(
            GgufValue.uint32(0),
            GgufValue.uint32(1),
            GgufValue.uint32(Integer.MAX_VALUE),
            GgufValue.uint32(0xFFFF_FFFFL),
            GgufValue.float32(Float.NaN),
            GgufValue.float32(Float.MIN_VALUE),
            GgufValue.float32(Float.MAX_VALUE),
            GgufValue.bool(true),
            GgufValue.text("🦙"),
            GgufArray.ofInts(1, 2));
    for (String key : keys) {
      for (GgufValue value : values) {
        EditedModel.edit(path, absurd, model -> model.put(key, value));
        runs(absurd, key + " is " + value);
      }
      EditedModel.edit(path, absurd, model -> model.remove(key));
      runs(absurd, key + " is missing");
    }
  }

  @Test
  void reservesALongContextOnlyAsItIsUsed() throws IOException {
    Path path = Sample.BITNET.write(folder);
    Path endless =
        EditedModel.edit(
            path,
            folder.resolve("endless.gguf"),
            model -> model.put("bitnet-b1.58.context_length", GgufValue.uint32(Integer.MAX_VALUE)));
    assertTrue(runs(endless));
    try (TernModel model = TernModel.load(endless, OPTIONS);
        Session session = model.newSession()) {
      assertTrue(session.contextLength() == Integer.MAX_VALUE);
      session.generate("ab", A_FEW_TOKENS);
      assertTrue(session.cacheBytes() < 1 << 20);
    }
  }

  @TestFactory
  Stream<DynamicTest> survivesAFuzzersCorpus() throws IOException {
    try (Stream<Path> listing = Files.list(TestData.require("malformed/gguf"))) {
      return listing.sorted().toList().stream()
          .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> runs(file)));
    }
  }
}
