package dev.tern.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import dev.tern.tensor.Shape;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  @TempDir Path folder;

  /// What the format's own reader accepts and refuses.
  @TestFactory
  Stream<DynamicTest> acceptsAndRefusesWhatTheReferenceReaderDoes() throws IOException {
    Path files = TestData.require("malformed/safetensors");
    return Files.readAllLines(files.resolve("EXPECTED.tsv")).stream()
        .skip(1)
        .map(line -> line.split("\t"))
        .map(fields ->
            DynamicTest.dynamicTest(
                fields[0], () -> check(files.resolve(fields[0]), fields[2].equals("ok"))));
  }

  private static void check(Path file, boolean sound) throws IOException {
    if (sound) {
      SafetensorsFile.open(file).close();
    } else {
      TernException refusal =
          assertThrows(TernException.class, () -> SafetensorsFile.open(file).close());
      assertTrue(refusal.getMessage().startsWith(file.toString()), refusal.getMessage());
    }
  }

  private SafetensorsFile open(String header, int dataBytes) throws IOException {
    byte[] json = header.getBytes(UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + json.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    while (bytes.hasRemaining()) {
      bytes.put((byte) bytes.remaining());
    }
    Path file = folder.resolve("test.safetensors");
    Files.write(file, bytes.array());
    return SafetensorsFile.open(file);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}|should begin at 0",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}|the data has 8 bytes",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}|should begin at 8",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"I8\",\"shape\":[8],\"data_offsets\":[0,8]}}|occurs twice",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}|takes 12 bytes, but has 8",
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[3],\"data_offsets\":[0,8]}}|no whole number of bytes",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[-1],\"data_offsets\":[0,8]}}|shape[0] should be a size",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8.0],\"data_offsets\":[0,8]}}|should be a size",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0,8],\"x\":1}}|unknown field 'x'",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8],\"data_offsets\":[0]}}|two offsets",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[8]}}|data_offsets is missing",
        "{\"__metadata__\":{\"a\":1}}|should be a string",
        "[]|should be an object"
      })
  void refusesAHeaderThatContradictsTheData(String header, String complaint) {
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> open(header, 8).close());
    assertTrue(refusal.getMessage().contains(complaint), refusal.getMessage());
  }

  @Test
  void refusesElementTypesItDoesNotKnowByName() {
    UnsupportedModelException refusal =
        assertThrows(
            UnsupportedModelException.class,
            () ->
                open("{\"a\":{\"dtype\":\"Q9\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1).close());
    assertTrue(refusal.getMessage().contains("Q9"), refusal.getMessage());
  }

  @Test
  void writesTensorsOfEveryTypeSoThatTheyReadBackAsTheyWere() throws IOException {
    Path file = folder.resolve("all.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    for (SafetensorsType type : SafetensorsType.values()) {
      writer.add(
          "tensor \"" + type + "\"\n",
          type,
          Shape.of(2, 4),
          bytes -> {
            for (long i = 0; i < bytes.byteSize(); i++) {
              bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7 + type.bits()));
            }
          });
    }
    writer.add("scalar", SafetensorsType.F32, Shape.of(), _ -> {}).write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertEquals(Map.of("format", "pt"), read.metadata());
      assertEquals(SafetensorsType.values().length + 1, read.tensors().size());
      for (SafetensorsType type : SafetensorsType.values()) {
        SafetensorsTensor tensor = read.tensors().get("tensor \"" + type + "\"\n");
        assertEquals(type, tensor.type());
        assertEquals(Shape.of(2, 4), tensor.shape());
        byte last = (byte) ((type.bits() - 1) * 7 + type.bits());
        assertEquals(last, tensor.data().get(ValueLayout.JAVA_BYTE, type.bits() - 1));
      }
    }
    ByteBuffer start = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0, start.getLong() % 8);
  }

  @Test
  void leavesNothingBehindWhenATensorCannotBeMade() throws IOException {
    SafetensorsWriter writer =
        new SafetensorsWriter()
            .add("a", SafetensorsType.F32, Shape.of(4), _ -> {})
            .add(
                "b",
                SafetensorsType.F32,
                Shape.of(4),
                _ -> {
                  throw new IOException("no more");
                });
    assertThrows(IOException.class, () -> writer.write(folder.resolve("a.safetensors")));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.toList());
    }
  }

  /// Bytes and values of the OCP specification's tables.
  @ParameterizedTest
  @CsvSource({
    "F8_E4M3, 0x7E, 448",
    "F8_E4M3, 0x08, 0.015625",
    "F8_E4M3, 0x07, 0.013671875",
    "F8_E4M3, 0x01, 0.001953125",
    "F8_E4M3, 0xC5, -3.25",
    "F8_E4M3, 0x80, -0.0",
    "F8_E4M3, 0x7F, NaN",
    "F8_E5M2, 0x7B, 57344",
    "F8_E5M2, 0x7C, Infinity",
    "F8_E5M2, 0x04, 6.103515625E-5",
    "F8_E5M2, 0x01, 1.52587890625E-5",
    "F8_E5M2, 0xC1, -2.5",
  })
  void readsEightBitFloats(SafetensorsType type, String bits, float value) {
    byte octet = Integer.decode(bits).byteValue();
    float read = type == SafetensorsType.F8_E4M3 ? Float8.e4m3(octet) : Float8.e5m2(octet);
    assertEquals(value, read);
  }

  @Test
  void readsRowsOfEveryFloatType() throws IOException {
    float[] values = {1, -2, 0.5f, 0.25f, 3, -1.5f};
    Path file = folder.resolve("floats.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    List<SafetensorsType> types = new ArrayList<>();
    for (SafetensorsType type : SafetensorsType.values()) {
      if (type.isFloat()) {
        types.add(type);
        writer.add(
            type.name(),
            type,
            Shape.of(2, 3),
            bytes -> {
              ByteBuffer buffer = bytes.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
              for (float value : values) {
                put(type, value, buffer);
              }
            });
      }
    }
    assertEquals(6, types.size());
    writer.add("U8", SafetensorsType.U8, Shape.of(2, 3), _ -> {}).write(file);
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      float[] row = new float[3];
      for (SafetensorsType type : types) {
        read.tensors().get(type.name()).readRow(1, row);
        assertArrayEquals(new float[] {0.25f, 3, -1.5f}, row, type.name());
      }
      SafetensorsTensor integers = read.tensors().get("U8");
      assertThrows(IllegalStateException.class, () -> integers.readRow(0, row));
      assertThrows(IndexOutOfBoundsException.class, () -> integers.readRow(2, row));
    }
  }

  private static void put(SafetensorsType type, float value, ByteBuffer buffer) {
    switch (type) {
      case F32 -> buffer.putFloat(value);
      case F64 -> buffer.putDouble(value);
      case F16 -> buffer.putShort(Float.floatToFloat16(value));
      case BF16 -> buffer.putShort((short) (Float.floatToRawIntBits(value) >> 16));
      case F8_E5M2 -> buffer.put((byte) (Float.floatToFloat16(value) >> 8));
      case F8_E4M3 -> {
        int bits = Float.floatToRawIntBits(value);
        int exponent = Math.getExponent(value) + 7;
        buffer.put((byte) (bits >>> 31 << 7 | exponent << 3 | (bits >> 20 & 7)));
      }
      default -> throw new IllegalArgumentException(type.name());
    }
  }
}
