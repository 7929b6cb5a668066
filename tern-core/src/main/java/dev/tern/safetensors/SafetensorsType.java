package dev.tern.safetensors;

import dev.tern.tensor.Shape;
import java.util.Arrays;
import java.util.Optional;

/// The element types of safetensors files.
public enum SafetensorsType {
  /// One byte, 0 or 1.
  BOOL(8),
  /// 4-bit float (OCP E2M1), two to a byte.
  F4(4),
  /// 6-bit float with 2 bits of exponent, packed.
  F6_E2M3(6),
  /// 6-bit float with 3 bits of exponent, packed.
  F6_E3M2(6),
  /// Unsigned 8-bit integer.
  U8(8),
  /// Signed 8-bit integer.
  I8(8),
  /// 8-bit float with 5 bits of exponent, infinities and NaN, as IEEE half precision cut short.
  F8_E5M2(8),
  /// 8-bit float with 4 bits of exponent, without infinities (OCP E4M3, "fn").
  F8_E4M3(8),
  /// A power of two from 2^-127 to 2^127, a scale of block formats.
  F8_E8M0(8),
  /// Signed 16-bit integer.
  I16(16),
  /// Unsigned 16-bit integer.
  U16(16),
  /// IEEE half precision.
  F16(16),
  /// The upper half of a 32-bit float.
  BF16(16),
  /// Signed 32-bit integer.
  I32(32),
  /// Unsigned 32-bit integer.
  U32(32),
  /// 32-bit float.
  F32(32),
  /// Two 32-bit floats, a complex number.
  C64(64),
  /// 64-bit float.
  F64(64),
  /// Signed 64-bit integer.
  I64(64),
  /// Unsigned 64-bit integer.
  U64(64);

  private final int bits;

  SafetensorsType(int bits) {
    this.bits = bits;
  }

  /// {@return the bits of one element}
  public int bits() {
    return bits;
  }

  /// {@return whether elements are real numbers that [SafetensorsTensor#readRow] reads}
  public boolean isFloat() {
    return switch (this) {
      case F8_E5M2, F8_E4M3, F16, BF16, F32, F64 -> true;
      default -> false;
    };
  }

  /// {@return the bytes of a tensor of this shape}
  ///
  /// @throws IllegalArgumentException if its elements do not end with a byte
  /// @throws ArithmeticException if the size in bits does not fit a `long`
  public long byteSize(Shape shape) {
    long all = Math.multiplyExact(shape.elements(), (long) bits);
    if (all % Byte.SIZE != 0) {
      throw new IllegalArgumentException(
          "%s of %s takes %d bits, which is no whole number of bytes".formatted(this, shape, all));
    }
    return all / Byte.SIZE;
  }

  static Optional<SafetensorsType> byName(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }
}
