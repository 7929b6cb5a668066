package dev.tern.gguf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files written byte by byte, as the format's description has them.
class GgufLayoutTest {
  @TempDir Path folder;

  /// A little-endian file in the making.
  private static final class Bytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream data = new DataOutputStream(bytes);

    Bytes header(int version, long tensors, long pairs) throws IOException {
      data.write("GGUF".getBytes(UTF_8));
      return u32(version).u64(tensors).u64(pairs);
    }

    Bytes u32(int value) throws IOException {
      data.writeInt(Integer.reverseBytes(value));
      return this;
    }

    Bytes u64(long value) throws IOException {
      data.writeLong(Long.reverseBytes(value));
      return this;
    }

    Bytes string(String value) throws IOException {
      u64(value.getBytes(UTF_8).length);
      data.write(value.getBytes(UTF_8));
      return this;
    }

    Bytes raw(int... octets) throws IOException {
      for (int octet : octets) {
        data.write(octet);
      }
      return this;
    }

    Bytes pad(int alignment) throws IOException {
      while (data.size() % alignment != 0) {
        data.write(0);
      }
      return this;
    }
  }

  private Path file(Bytes bytes) throws IOException {
    return Files.write(folder.resolve("bytes.gguf"), bytes.bytes.toByteArray());
  }

  private GgufFile open(Bytes bytes) throws IOException {
    return GgufFile.open(file(bytes));
  }

  private void assertRefused(Bytes bytes, String named) throws IOException {
    Path path = file(bytes);
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> GgufFile.open(path).close());
    assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
  }

  @Test
  void readsVersionsTwoAndThreeAlike() throws IOException {
    for (int version : new int[] {2, 3}) {
      Bytes bytes =
          new Bytes()
              .header(version, 1, 1)
              .string("general.name")
              .u32(8)
              .string("x")
              .string("t")
              .u32(2)
              .u64(2)
              .u64(3)
              .u32(0)
              .u64(0)
              .pad(32);
      for (int i = 0; i < 6; i++) {
        bytes.u32(Float.floatToIntBits(i));
      }
      try (GgufFile file = open(bytes)) {
        assertEquals(version, file.version());
        assertEquals("x", file.metadata().requireString("general.name"));
        Tensor tensor = file.requireTensor("t");
        assertEquals(Shape.of(3, 2), tensor.shape());
        assertEquals(5, tensor.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 20));
      }
    }
  }

  @Test
  void readsArraysOfEveryType() throws IOException {
    Bytes bytes =
        new Bytes()
            .header(3, 0, 12)
            .string("u8")
            .u32(9)
            .u32(0)
            .u64(2)
            .raw(1, 255)
            .string("i8")
            .u32(9)
            .u32(1)
            .u64(2)
            .raw(1, 255)
            .string("u16")
            .u32(9)
            .u32(2)
            .u64(1)
            .raw(254, 255)
            .string("i16")
            .u32(9)
            .u32(3)
            .u64(1)
            .raw(254, 255)
            .string("u32")
            .u32(9)
            .u32(4)
            .u64(1)
            .u32(-2)
            .string("i32")
            .u32(9)
            .u32(5)
            .u64(1)
            .u32(-2)
            .string("f32")
            .u32(9)
            .u32(6)
            .u64(1)
            .u32(Float.floatToIntBits(0.5f))
            .string("bool")
            .u32(9)
            .u32(7)
            .u64(3)
            .raw(1, 0, 1)
            .string("string")
            .u32(9)
            .u32(8)
            .u64(2)
            .string("é")
            .string("")
            .string("u64")
            .u32(9)
            .u32(10)
            .u64(1)
            .u64(-2)
            .string("i64")
            .u32(9)
            .u32(11)
            .u64(1)
            .u64(-2)
            .string("f64")
            .u32(9)
            .u32(12)
            .u64(1)
            .u64(Double.doubleToLongBits(0.25));
    try (GgufFile file = open(bytes)) {
      assertArrayEquals(new long[] {1, 255}, array(file, "u8").longs());
      assertArrayEquals(new int[] {1, -1}, array(file, "i8").ints());
      assertArrayEquals(new int[] {65_534}, array(file, "u16").ints());
      assertArrayEquals(new int[] {-2}, array(file, "i16").ints());
      assertArrayEquals(new long[] {4_294_967_294L}, array(file, "u32").longs());
      assertThrows(ArithmeticException.class, () -> array(file, "u32").ints());
      assertArrayEquals(new int[] {-2}, array(file, "i32").ints());
      assertArrayEquals(new float[] {0.5f}, array(file, "f32").floats());
      assertEquals(List.of(true, false, true), array(file, "bool").elements());
      assertEquals(List.of("é", ""), array(file, "string").elements());
      assertArrayEquals(new long[] {-2}, array(file, "u64").longs());
      assertArrayEquals(new long[] {-2}, array(file, "i64").longs());
      assertArrayEquals(new float[] {0.25f}, array(file, "f64").floats());
      assertEquals(List.of(0.25), array(file, "f64").elements());
      assertThrows(IllegalStateException.class, () -> array(file, "f32").ints());
      assertThrows(IllegalStateException.class, () -> array(file, "i32").strings());
      assertThrows(IllegalStateException.class, () -> array(file, "string").floats());
      assertNotEquals(array(file, "u8"), array(file, "i8"));
      Path copy = folder.resolve("copy.gguf");
      GgufWriter writer = new GgufWriter();
      file.metadata().asMap().forEach(writer::put);
      writer.write(copy);
      try (GgufFile again = GgufFile.open(copy)) {
        assertEquals(file.metadata().asMap(), again.metadata().asMap());
      }
    }
  }

  private static GgufArray array(GgufFile file, String key) {
    return (GgufArray) file.metadata().find(key).orElseThrow();
  }

  @Test
  void refusesArraysOfArrays() throws IOException {
    assertRefused(
        new Bytes().header(3, 0, 1).string("nested").u32(9).u32(9).u64(1).u32(5).u64(1).u32(7),
        "array of arrays");
  }

  @Test
  void refusesCountsThatTheFileCannotHold() throws IOException {
    assertRefused(new Bytes().header(3, 1L << 60, 0), "tensor count");
    assertRefused(new Bytes().header(3, 0, -1), "metadata count");
    assertRefused(
        new Bytes().header(3, 0, 1).string("a").u32(9).u32(0).u64(1L << 60), "element count");
    assertRefused(new Bytes().header(3, 0, 1).u64(1L << 60).u64(0), "length");
    assertRefused(
        new Bytes().header(3, 0, 1).string("a").u32(8).u64(Long.MAX_VALUE).u64(0), "length");
  }

  private static Bytes tensor(int type, long offset, long... dimensions) throws IOException {
    Bytes bytes = new Bytes().header(3, 1, 0).string("t").u32(dimensions.length);
    for (long dimension : dimensions) {
      bytes.u64(dimension);
    }
    return bytes.u32(type).u64(offset).pad(32).raw(new int[64]);
  }

  @Test
  void refusesTensorsThatTheFileCannotHold() throws IOException {
    assertRefused(tensor(0, 0, 1L << 60), "tensor t");
    assertRefused(tensor(0, 0, 1L << 40, 1L << 40), "2^63");
    assertRefused(tensor(0, 0, -1), "dimension");
    assertRefused(tensor(0, 0, 17), "68 bytes");
    assertRefused(tensor(0, 16, 1), "multiple of 32");
    assertRefused(tensor(0, 96, 1), "truncated");
    assertRefused(tensor(0, -32, 1), "tensor t");
    assertRefused(tensor(0, 0), "dimensions");
    assertRefused(tensor(0, 0, 1, 1, 1, 1, 1), "dimensions");
    assertRefused(tensor(8, 0, 16), "blocks of 32");
    assertRefused(tensor(135, 0, 64, 1L << 57), "tensor t");
  }

  @Test
  void refusesTensorsThatOverlap() throws IOException {
    Bytes bytes =
        new Bytes()
            .header(3, 2, 0)
            .string("a")
            .u32(1)
            .u64(16)
            .u32(0)
            .u64(0)
            .string("b")
            .u32(1)
            .u64(8)
            .u32(0)
            .u64(32)
            .pad(32)
            .raw(new int[64]);
    assertRefused(bytes, "tensor a");
  }

  @Test
  void refusesBadNamesAndKeys() throws IOException {
    assertRefused(
        new Bytes().header(3, 1, 0).string("n".repeat(64)).u32(1).u64(1).u32(0).u64(0).pad(32),
        "64 bytes");
    assertRefused(new Bytes().header(3, 0, 1).u64(1).raw(0xFF).u32(7).raw(1), "UTF-8");
    assertRefused(
        new Bytes().header(3, 0, 2).string("k").u32(7).raw(1).string("k").u32(7).raw(1), "twice");
    assertRefused(new Bytes().header(3, 0, 1).string("k").u32(7).raw(2), "truth value");
    assertRefused(new Bytes().header(3, 0, 1).string("k").u32(13).u64(0), "type 13");
    assertRefused(
        new Bytes().header(3, 0, 1).string("general.alignment").u32(4).u32(24), "power of two");
  }

  @Test
  void keepsTextsThatAreNotUtf8ReadableAndVocabulariesExact() throws IOException {
    Bytes bytes =
        new Bytes()
            .header(3, 0, 2)
            .string("text")
            .u32(8)
            .u64(2)
            .raw('a', 0xFF)
            .string("tokens")
            .u32(9)
            .u32(8)
            .u64(1)
            .u64(2)
            .raw('a', 0xFF);
    try (GgufFile file = open(bytes)) {
      assertEquals("a\uFFFD", file.metadata().requireString("text"));
      assertArrayEquals(
          new byte[] {'a', (byte) 0xFF}, array(file, "tokens").stringBytes().getFirst());
    }
  }

  @Test
  void readsBeyondTwoGibibytes() throws IOException {
    long rows = (3L << 30) / 4096;
    Bytes bytes =
        new Bytes().header(3, 1, 0).string("t").u32(2).u64(1024).u64(rows).u32(0).u64(0).pad(32);
    Path path = file(bytes);
    long dataStart = Files.size(path);
    // Sparse: it takes no more of the disk than what is written.
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(dataStart + rows * 4096);
      sparse.seek(dataStart + rows * 4096 - 4);
      sparse.writeInt(Integer.reverseBytes(Float.floatToIntBits(42)));
    }
    try (GgufFile file = GgufFile.open(path)) {
      MemorySegment data = file.requireTensor("t").data();
      assertEquals(3L << 30, data.byteSize());
      assertEquals(42, data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, data.byteSize() - 4));
      assertEquals(0, data.get(ValueLayout.JAVA_FLOAT_UNALIGNED, data.byteSize() / 2));
    } finally {
      Files.delete(path);
    }
  }

  @Test
  void tensorsAreOutOfReachOnceTheFileIsClosed() throws IOException {
    GgufFile file = open(tensor(0, 0, 4));
    Tensor tensor = file.requireTensor("t");
    file.close();
    assertThrows(IllegalStateException.class, () -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void writesWhatTheFormatSays() throws IOException {
    Path path = folder.resolve("written.gguf");
    new GgufWriter()
        .put("k", GgufValue.uint32(7))
        .add("t", TensorType.F32, Shape.of(2, 1), bytes -> bytes.fill((byte) 1))
        .write(path);
    Bytes expected =
        new Bytes()
            .header(3, 1, 1)
            .string("k")
            .u32(4)
            .u32(7)
            .string("t")
            .u32(2)
            .u64(1)
            .u64(2)
            .u32(0)
            .u64(0)
            .pad(32)
            .raw(1, 1, 1, 1, 1, 1, 1, 1)
            .pad(32);
    assertArrayEquals(expected.bytes.toByteArray(), Files.readAllBytes(path));
  }

  @Test
  void refusesToWriteWhatNobodyCouldRead() {
    List<Consumer<GgufWriter>> mistakes =
        List.of(
            writer -> add(writer, "n".repeat(64), TensorType.F32, Shape.of(1)),
            writer -> add(writer, "scalar", TensorType.F32, Shape.of()),
            writer -> add(writer, "deep", TensorType.F32, Shape.of(1, 1, 1, 1, 1)),
            writer -> add(writer, "part", TensorType.Q8_0, Shape.of(1, 31)),
            writer ->
                add(
                    add(writer, "same", TensorType.F32, Shape.of(1)),
                    "same",
                    TensorType.F32,
                    Shape.of(1)));
    for (Consumer<GgufWriter> mistake : mistakes) {
      assertThrows(IllegalArgumentException.class, () -> mistake.accept(new GgufWriter()));
    }
    for (GgufValue alignment :
        Set.of(
            GgufValue.uint32(0),
            GgufValue.uint32(24),
            GgufValue.uint32(1L << 31),
            GgufValue.text("32"))) {
      GgufWriter writer = new GgufWriter().put("general.alignment", alignment);
      assertThrows(
          IllegalArgumentException.class, () -> writer.write(folder.resolve("never.gguf")));
    }
    assertTrue(Files.notExists(folder.resolve("never.gguf")));
  }

  private static GgufWriter add(GgufWriter writer, String name, TensorType type, Shape shape) {
    return writer.add(name, type, shape, _ -> {});
  }

  @Test
  void valuesCheckThatTheirTypeCanHoldThem() {
    assertThrows(IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.UINT8, 256));
    assertThrows(IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.INT8, 128));
    assertThrows(IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.UINT16, -1));
    assertThrows(
        IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.INT16, 40_000));
    assertThrows(IllegalArgumentException.class, () -> GgufValue.uint32(-1));
    assertThrows(
        IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.INT32, 1L << 31));
    assertThrows(IllegalArgumentException.class, () -> new GgufValue.Int(GgufValueType.FLOAT32, 1));
    assertThrows(IllegalArgumentException.class, () -> new GgufValue.Real(GgufValueType.INT32, 1));
  }

  @Test
  void metadataNamesWhatIsMissingOrOfAnotherType() throws IOException {
    Bytes bytes =
        new Bytes()
            .header(3, 0, 3)
            .string("int")
            .u32(11)
            .u64(-1)
            .string("real")
            .u32(6)
            .u32(Float.floatToIntBits(0.5f))
            .string("flag")
            .u32(7)
            .raw(1);
    try (GgufFile file = open(bytes)) {
      GgufMetadata metadata = file.metadata();
      assertEquals(-1, metadata.findLong("int").orElseThrow());
      assertEquals(-1, metadata.requireFloat("int"));
      assertTrue(metadata.findBool("flag").orElseThrow());
      assertTrue(metadata.findInt("absent").isEmpty());
      for (Runnable access :
          List.<Runnable>of(
              () -> metadata.findInt("int"),
              () -> metadata.findInt("real"),
              () -> metadata.findString("int"),
              () -> metadata.findBool("real"),
              () -> metadata.findFloat("flag"),
              () -> metadata.findArray("flag", GgufValueType.INT32),
              () -> metadata.requireInt("absent"),
              () -> metadata.requireFloat("absent"),
              () -> metadata.requireString("absent"))) {
        ModelFormatException refusal = assertThrows(ModelFormatException.class, access::run);
        assertTrue(refusal.getMessage().contains("metadata key"), refusal.getMessage());
      }
    }
  }
}
