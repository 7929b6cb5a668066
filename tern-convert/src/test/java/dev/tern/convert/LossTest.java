package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.quant.Absmean;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.quant.LowBitCodec;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class LossTest {
  private static final Shape SHAPE = Shape.of(4, 256);

  /// Needs more than half precision.
  private static final float SCALE = 0.123456f;

  private final Random random = new Random(7);

  private static Tensor tensor(TensorType type) {
    MemorySegment bytes = Arena.ofAuto().allocate(type.byteSize(SHAPE), 64);
    return new Tensor("t", type, SHAPE, bytes);
  }

  /// Weights of both signs and one magnitude, which every encoding takes.
  private Tensor binary(TensorType type) {
    RowSource values =
        (_, row) -> {
          for (int col = 0; col < row.length; col++) {
            row[col] = random.nextBoolean() ? SCALE : -SCALE;
          }
        };
    Tensor tensor = tensor(type);
    Codecs.of(type).encode(values, SHAPE, tensor.data());
    return tensor;
  }

  private static Tensor written(Tensor own, TensorType type) {
    Tensor tensor = tensor(type);
    RowSource values = RowSource.of(own);
    if (Codecs.of(type) instanceof LowBitCodec codec) {
      CodeSource codes =
          own.type().isLowBit() ? CodeSource.of(own) : Absmean.of(values, SHAPE).codes(values);
      codec.encodeCodes(codes, SHAPE, tensor.data());
    } else {
      Codecs.of(type).encode(values, SHAPE, tensor.data());
    }
    return tensor;
  }

  private static float[] row(Tensor tensor) {
    float[] row = new float[256];
    RowSource.of(tensor).read(3, row);
    return row;
  }

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"Q4_0", "Q4_K", "Q6_K"})
  void promisesOnlyWhatTheEncodingsKeep(TensorType own) {
    Tensor before = binary(own);
    for (TensorType type : TensorType.values()) {
      Tensor after = written(before, type);
      if (Loss.between(own, type) == Loss.NONE) {
        assertArrayEquals(row(before), row(after), own + " to " + type);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "I2_S, I2_S, NONE",
    "I2_S, F32, NONE",
    "I2_S, IQ2_BN, NONE",
    "I2_S, TQ2_0, SCALES",
    "F32, IQ1_BN, SCALES",
    "TQ2_0, TQ1_0, NONE",
    "TQ2_0, F16, NONE",
    "I2_S, F16, VALUES",
    "F16, BF16, VALUES",
    "BF16, F16, VALUES",
    "F32, Q8_0, VALUES",
    "Q8_0, Q4_0, VALUES"
  })
  void saysWhatIsLostAtMost(TensorType own, TensorType type, Loss loss) {
    assertEquals(loss, Loss.between(own, type));
  }

  @Test
  void aScaleThatHalfPrecisionDoesNotHoldIsLost() {
    Tensor before = binary(TensorType.I2_S);
    assertEquals(SCALE, Math.abs(row(before)[0]));
    float rounded = Float.float16ToFloat(Float.floatToFloat16(SCALE));
    assertEquals(rounded, Math.abs(row(written(before, TensorType.TQ1_0))[0]));
  }
}
