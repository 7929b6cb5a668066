package dev.tern.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Equality with ggml, by hashes of what its reference functions wrote: see ggml-golden.c.
class GgmlGoldenTest {
  private static final int ELEMENTS = 32_768;
  private static final Shape SHAPE = Shape.of(16, ELEMENTS / 16);
  private static final int FINITE_HALF = 0xBF;
  private static final List<String> PATTERNS =
      List.of(
          "uniform",
          "bell",
          "ternary",
          "scaled",
          "positive",
          "negative",
          "sparse",
          "outlier",
          "minute",
          "large");

  record Golden(TensorType type, String what, String hash) {}

  static Stream<Golden> goldens() throws IOException {
    try (InputStream file = GgmlGoldenTest.class.getResourceAsStream("ggml-golden.tsv")) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split("\t", -1))
          .map(field -> new Golden(TensorType.byName(field[0]), field[1], field[2]));
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void equalsGgml(Golden golden) {
    byte[] result;
    if (golden.what.startsWith("encode ")) {
      float[] values = pattern(PATTERNS.indexOf(golden.what.substring("encode ".length())));
      result = Encoded.bytes(Encoded.values(golden.type, SHAPE, values));
    } else {
      ByteBuffer decoded =
          ByteBuffer.allocate(ELEMENTS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      decoded.asFloatBuffer().put(Encoded.values(randomBlocks(golden.type)));
      result = decoded.array();
    }
    assertEquals(golden.hash, hash(result));
  }

  private static float[] pattern(int pattern) {
    SplitMix random = new SplitMix(pattern);
    float[] values = new float[ELEMENTS];
    for (int i = 0; i < ELEMENTS; i++) {
      values[i] = value(pattern, i, random.next());
    }
    return values;
  }

  private static float value(int pattern, int i, long u) {
    float unit = SplitMix.unit(u);
    long bell = (u & 0xffff) + ((u >>> 16) & 0xffff) + ((u >>> 32) & 0xffff) + (u >>> 48) - 131_070;
    return switch (pattern) {
      case 0 -> unit;
      case 1 -> (float) bell / (1 << 17);
      case 2 -> 0.016689582f * ((int) (u >>> 60) % 3 - 1);
      case 3 -> unit / (1 << (u & 15));
      case 4 -> unit / 2 + 3;
      case 5 -> unit / 2 - 3;
      case 6 -> (u & 127) == 0 ? unit * 100 : 0;
      case 7 -> i % 256 == 17 ? unit * 1000 : unit / 1024;
      case 8 -> unit / (1L << 40);
      default -> unit * 30_000;
    };
  }

  private static Tensor randomBlocks(TensorType type) {
    byte[] bytes = new SplitMix(99).bytes((int) type.byteSize(SHAPE));
    for (int block = 0; block < bytes.length; block += type.blockBytes()) {
      for (int scaleAt : scaleOffsets(type)) {
        bytes[block + scaleAt + 1] &= (byte) FINITE_HALF;
      }
    }
    return Encoded.tensor(type, SHAPE, bytes);
  }

  private static int[] scaleOffsets(TensorType type) {
    return switch (type) {
      case Q4_K -> new int[] {0, 2};
      case Q6_K -> new int[] {208};
      case TQ1_0 -> new int[] {52};
      case TQ2_0 -> new int[] {64};
      default -> new int[] {0};
    };
  }

  private static String hash(byte[] bytes) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * 0x100000001B3L;
    }
    return "%016x".formatted(hash);
  }
}
