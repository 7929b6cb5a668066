package dev.tern.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The two widths, both little-endian, in which low-bit encodings store a scale.
enum ScaleField {
  /// IEEE half precision.
  HALF {
    @Override
    float read(MemorySegment bytes, long at) {
      return Float.float16ToFloat(bytes.get(SHORT, at));
    }

    @Override
    void write(MemorySegment bytes, long at, float dequantScale) {
      bytes.set(SHORT, at, Half.bits(dequantScale));
    }
  },

  /// A 32-bit float.
  SINGLE {
    @Override
    float read(MemorySegment bytes, long at) {
      return bytes.get(FLOAT, at);
    }

    @Override
    void write(MemorySegment bytes, long at, float dequantScale) {
      bytes.set(FLOAT, at, dequantScale);
    }
  };

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  abstract float read(MemorySegment bytes, long at);

  /// Stores a finite scale, rounded to the width of the field.
  ///
  /// @throws ArithmeticException if it is too large for the field
  abstract void write(MemorySegment bytes, long at, float dequantScale);
}
