package dev.tern.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
  @TempDir Path folder;

  @Test
  void readsBackEveryKindOfValueThatWasWritten() throws IOException {
    GgufWriter writer =
        new GgufWriter()
            .put("text", GgufValue.text("naïve 🦙"))
            .put("u8", new GgufValue.Int(GgufValueType.UINT8, 255))
            .put("i8", new GgufValue.Int(GgufValueType.INT8, -128))
            .put("u16", new GgufValue.Int(GgufValueType.UINT16, 65_535))
            .put("i16", new GgufValue.Int(GgufValueType.INT16, -32_768))
            .put("u32", GgufValue.uint32(4_294_967_295L))
            .put("i32", new GgufValue.Int(GgufValueType.INT32, Integer.MIN_VALUE))
            .put("u64", new GgufValue.Int(GgufValueType.UINT64, -1))
            .put("i64", new GgufValue.Int(GgufValueType.INT64, Long.MIN_VALUE))
            .put("f32", GgufValue.float32(0.1f))
            .put("f64", new GgufValue.Real(GgufValueType.FLOAT64, 0.1))
            .put("yes", GgufValue.bool(true))
            .put("strings", GgufArray.ofStrings(List.of("", "a", "ä")))
            .put("ints", GgufArray.ofInts(1, -2, 3))
            .put("floats", GgufArray.ofFloats(1f, Float.NaN));
    Path path = folder.resolve("all.gguf");
    writer.write(path);
    try (GgufFile file = GgufFile.open(path)) {
      GgufMetadata metadata = file.metadata();
      assertEquals("naïve 🦙", metadata.requireString("text"));
      assertEquals(255, metadata.requireInt("u8"));
      assertEquals(-128, metadata.findLong("i8").orElseThrow());
      assertEquals(4_294_967_295L, metadata.findLong("u32").orElseThrow());
      assertEquals("18446744073709551615", metadata.asMap().get("u64").toString());
      assertEquals(Long.MIN_VALUE, metadata.findLong("i64").orElseThrow());
      assertEquals(0.1f, metadata.requireFloat("f32"));
      assertEquals(
          List.of("", "a", "ä"), array(metadata, "strings", GgufValueType.STRING).strings());
      assertArrayEquals(new int[] {1, -2, 3}, array(metadata, "ints", GgufValueType.INT32).ints());
      assertArrayEquals(
          new float[] {1f, Float.NaN}, array(metadata, "floats", GgufValueType.FLOAT32).floats());
      Path copy = folder.resolve("copy.gguf");
      GgufWriter again = new GgufWriter();
      metadata.asMap().forEach(again::put);
      again.write(copy);
      assertEquals(-1, Files.mismatch(path, copy));
    }
  }

  private static GgufArray array(GgufMetadata metadata, String key, GgufValueType type) {
    return metadata.findArray(key, type).orElseThrow();
  }

  @Test
  void reversesDimensionsAndHandsOutTheTensorsBytes() throws IOException {
    Path path = folder.resolve("tensors.gguf");
    sample(32).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      Tensor tensor = file.requireTensor("matrix");
      assertEquals(Shape.of(3, 2), tensor.shape());
      assertEquals(5f, tensor.data().get(ValueLayout.JAVA_FLOAT, 20));
      assertEquals(TensorType.I2_S, file.requireTensor("ternary").type());
      assertEquals(64, file.requireTensor("ternary").data().byteSize());
    }
  }

  @Test
  void honoursTheAlignmentOfTheFile() throws IOException {
    for (int alignment : new int[] {1, 8, 4096}) {
      Path path = folder.resolve("aligned" + alignment + ".gguf");
      sample(alignment).write(path);
      try (GgufFile file = GgufFile.open(path)) {
        assertEquals(alignment, file.alignment());
        for (GgufTensor tensor : file.tensors().values()) {
          assertEquals(0, tensor.byteOffset() % alignment);
        }
      }
    }
  }

  private static GgufWriter sample(int alignment) {
    return new GgufWriter()
        .put("general.architecture", GgufValue.text("llama"))
        .put("general.alignment", GgufValue.uint32(alignment))
        .put("numbers", GgufArray.ofInts(1, 2, 3))
        .put("words", GgufArray.ofStrings(List.of("one", "two")))
        .put("flag", GgufValue.bool(false))
        .add(
            "matrix",
            TensorType.F32,
            Shape.of(3, 2),
            bytes -> {
              for (int i = 0; i < 6; i++) {
                bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, i);
              }
            })
        .add("ternary", TensorType.I2_S, Shape.of(1, 128), bytes -> bytes.fill((byte) 0x55));
  }

  @Test
  void leavesNothingBehindWhenWritingFails() throws IOException {
    Path path = folder.resolve("kept.gguf");
    sample(32).write(path);
    byte[] before = Files.readAllBytes(path);
    GgufWriter failing =
        sample(32)
            .add(
                "late",
                TensorType.F32,
                Shape.of(4),
                bytes -> {
                  throw new IOException("the source is gone");
                });
    assertThrows(IOException.class, () -> failing.write(path));
    assertArrayEquals(before, Files.readAllBytes(path));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void tellsTheTwoQ2EncodingsApartByTheSizeOfTheirSlots() throws IOException {
    for (TensorType type : List.of(TensorType.Q2_0, TensorType.Q2_0_G128)) {
      Path path = folder.resolve(type + ".gguf");
      new GgufWriter()
          .add("a", type, Shape.of(8, 256), bytes -> bytes.fill((byte) 1))
          .add("b", type, Shape.of(1, 128), bytes -> bytes.fill((byte) 1))
          .write(path);
      try (GgufFile file = GgufFile.open(path)) {
        assertEquals(type, file.requireTensor("a").type());
        assertEquals(type, file.requireTensor("b").type());
      }
    }
  }

  @Test
  void opensAFileWithForeignTensorsAndRefusesOnlyThose() throws IOException {
    Path path = folder.resolve("foreign.gguf");
    sample(32).write(path);
    byte[] bytes = Files.readAllBytes(path);
    int at = indexOf(bytes, "ternary") + "ternary".length() + 4 + 16;
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, 38);
    Files.write(path, bytes);
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals("TL1", file.tensors().get("ternary").typeName());
      assertEquals(24, file.requireTensor("matrix").data().byteSize());
      UnsupportedModelException refusal =
          assertThrows(UnsupportedModelException.class, () -> file.requireTensor("ternary"));
      assertTrue(refusal.getMessage().contains("I2_S"), refusal.getMessage());
    }
  }

  private static int indexOf(byte[] bytes, String text) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(text);
  }

  @Test
  void readsTheSmallestTernaryFileOfTheFormatDescription() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    new GgufWriter()
        .put("general.architecture", GgufValue.text("bitnet-b1.58"))
        .put("general.file_type", GgufValue.uint32(40))
        .add(
            "blk.0.attn_q.weight",
            TensorType.I2_S,
            Shape.of(1, 128),
            bytes -> {
              bytes.asSlice(0, 32).fill((byte) 0x55);
              bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) 0xA2);
              bytes.set(ValueLayout.JAVA_BYTE, 1, (byte) 0x15);
              bytes.set(ValueLayout.JAVA_FLOAT, 32, 0.5f);
            })
        .write(path);
    assertEquals(256, Files.size(path));
    try (GgufFile file = GgufFile.open(path)) {
      assertEquals(192, file.tensors().get("blk.0.attn_q.weight").byteOffset());
    }
  }

  @Test
  void refusesEveryTruncationOfAFile() throws IOException {
    Path path = folder.resolve("whole.gguf");
    sample(32).write(path);
    byte[] whole = Files.readAllBytes(path);
    long dataEnd = whole.length;
    for (int length = 0; length < dataEnd; length++) {
      Path cut = Files.write(folder.resolve("cut.gguf"), java.util.Arrays.copyOf(whole, length));
      int cutLength = length;
      TernException refusal =
          assertThrows(
              ModelFormatException.class,
              () -> GgufFile.open(cut).close(),
              () -> "at " + cutLength);
      assertTrue(refusal.getMessage().startsWith(cut.toString()), refusal.getMessage());
    }
  }

  @Test
  void survivesEverySingleByteBeingAnything() throws IOException {
    Path path = folder.resolve("whole.gguf");
    sample(32).write(path);
    byte[] whole = Files.readAllBytes(path);
    Path damaged = folder.resolve("damaged.gguf");
    for (int at = 0; at < whole.length; at++) {
      for (int value : new int[] {0, 1, 0x7F, 0x80, 0xFF, whole[at] ^ 0x10}) {
        byte[] bytes = whole.clone();
        bytes[at] = (byte) value;
        Files.write(damaged, bytes);
        openOrRefuse(damaged);
      }
    }
  }

  @Test
  void survivesRandomDamage() throws IOException {
    Path path = folder.resolve("whole.gguf");
    sample(32).write(path);
    byte[] whole = Files.readAllBytes(path);
    Path damaged = folder.resolve("damaged.gguf");
    Random random = new Random(7);
    for (int round = 0; round < 2_000; round++) {
      byte[] bytes = whole.clone();
      for (int flips = random.nextInt(1, 9); flips > 0; flips--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Files.write(damaged, bytes);
      openOrRefuse(damaged);
    }
  }

  @TestFactory
  Stream<DynamicTest> survivesAFuzzersCorpus() throws IOException {
    Path corpus = TestData.require("malformed/gguf");
    List<Path> files;
    try (Stream<Path> listing = Files.list(corpus)) {
      files = listing.sorted().toList();
    }
    return files.stream()
        .map(file ->
            DynamicTest.dynamicTest(file.getFileName().toString(), () -> openOrRefuse(file)));
  }

  /// Anything but a clean load or a TernException fails the test.
  private static void openOrRefuse(Path path) {
    try (GgufFile file = GgufFile.open(path)) {
      for (String name : file.tensors().keySet()) {
        try {
          touch(file.requireTensor(name).data());
        } catch (UnsupportedModelException foreign) {
          assertFalse(foreign.getMessage().isBlank());
        }
      }
      for (GgufValue value : file.metadata().asMap().values()) {
        if (value instanceof GgufArray array) {
          assertEquals(array.size(), array.elements().size());
          array.elements().forEach(element -> assertFalse(element.toString() == null));
        }
      }
    } catch (TernException refusal) {
      assertTrue(refusal.getMessage().startsWith(path.toString()), refusal.getMessage());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void touch(MemorySegment data) {
    if (data.byteSize() > 0) {
      data.get(ValueLayout.JAVA_BYTE, data.byteSize() - 1);
    }
  }

  @Test
  void explainsBigEndianAndOtherVersions() throws IOException {
    byte[] header = new byte[24];
    ByteBuffer.wrap(header)
        .put("GGUF".getBytes(java.nio.charset.StandardCharsets.US_ASCII))
        .putInt(3);
    assertTrue(refusal(header).getMessage().contains("big-endian"));
    ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 1);
    assertTrue(refusal(header).getMessage().contains("version 1"));
    assertInstanceOf(UnsupportedModelException.class, refusal(header));
  }

  private TernException refusal(byte[] bytes) throws IOException {
    Path path = Files.write(folder.resolve("header.gguf"), bytes);
    return assertThrows(TernException.class, () -> GgufFile.open(path).close());
  }

  @Test
  void namesKeyWantedAndFoundTypeOfAMistypedValue() throws IOException {
    Path path = folder.resolve("mistyped.gguf");
    new GgufWriter().put("llama.block_count", GgufValue.text("many")).write(path);
    try (GgufFile file = GgufFile.open(path)) {
      ModelFormatException refusal =
          assertThrows(
              ModelFormatException.class, () -> file.metadata().requireInt("llama.block_count"));
      assertTrue(refusal.getMessage().contains("llama.block_count"));
      assertTrue(refusal.getMessage().contains("the string 'many'"));
    }
  }

  @Test
  void writesTensorsLargerThanOneChunk() throws IOException {
    Path path = folder.resolve("large.gguf");
    int rows = (1 << 26) / 4096 + 3;
    new GgufWriter()
        .add(
            "large",
            TensorType.F32,
            Shape.of(rows, 1024),
            bytes -> bytes.set(ValueLayout.JAVA_INT, bytes.byteSize() - 4, 42))
        .write(path);
    try (GgufFile file = GgufFile.open(path);
        Arena arena = Arena.ofConfined()) {
      MemorySegment data = file.requireTensor("large").data();
      assertEquals(42, data.get(ValueLayout.JAVA_INT, data.byteSize() - 4));
      assertEquals(
          data.byteSize() - 4,
          data.mismatch(arena.allocate(data.byteSize())),
          "everything before the last int is zero");
    }
  }
}
