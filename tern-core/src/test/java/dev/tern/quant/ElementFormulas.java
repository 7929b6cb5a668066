package dev.tern.quant;

import dev.tern.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/// The value of a single element straight from the bytes, one formula for each encoding, sharing
/// nothing with the codecs.
final class ElementFormulas {
  private static final int[] POWERS_OF_THREE = {1, 3, 9, 27, 81};

  private final Tensor tensor;

  ElementFormulas(Tensor tensor) {
    this.tensor = tensor;
  }

  float value(int row, int col) {
    int flat = row * tensor.cols() + col;
    return switch (tensor.type()) {
      case F32 -> f32(flat * 4);
      case F16 -> f16(flat * 2);
      case BF16 -> Float.intBitsToFloat(u16(flat * 2) << 16);
      case Q8_0 -> f16(flat / 32 * 34) * (byte) u8(flat / 32 * 34 + 2 + flat % 32);
      case Q4_0 -> q4(flat / 32 * 18, flat % 32);
      case Q4_K -> q4k(flat / 256 * 144, flat % 256);
      case Q6_K -> q6k(flat / 256 * 210, flat % 256);
      default -> code(row, col) * scale(row, col);
    };
  }

  float scale(int row, int col) {
    int flat = row * tensor.cols() + col;
    return switch (tensor.type()) {
      case I2_S, I2_S_ARM64 -> f32((int) tensor.shape().elements() / 4);
      case TQ1_0 -> f16(flat / 256 * 54 + 52);
      case TQ2_0 -> f16(flat / 256 * 66 + 64);
      case Q1_0 -> f16(flat / 128 * 18);
      case Q2_0 -> f16(flat / 64 * 18);
      case Q2_0_G128 -> f16(flat / 128 * 34);
      case IQ1_BN -> f16(row * (2 + tensor.cols() / 64 * 13));
      case IQ2_BN -> f32(row * (4 + tensor.cols() / 64 * 16));
      default -> throw new IllegalStateException();
    };
  }

  int code(int row, int col) {
    int flat = row * tensor.cols() + col;
    return switch (tensor.type()) {
      case I2_S -> twoBits(flat / 128 * 32 + flat % 32, 6 - 2 * (flat % 128 / 32));
      case I2_S_ARM64 -> twoBits(flat / 64 * 16 + flat % 16, 6 - 2 * (flat % 64 / 16));
      case TQ1_0 -> tq1(flat / 256 * 54, flat % 256);
      case TQ2_0 ->
          twoBits(flat / 256 * 66 + flat % 256 / 128 * 32 + flat % 32, 2 * (flat % 128 / 32));
      case Q1_0 -> (u8(flat / 128 * 18 + 2 + flat % 128 / 8) >> (flat % 8)) % 2 == 0 ? -1 : 1;
      case Q2_0 -> twoBits(flat / 64 * 18 + 2 + flat % 64 / 4, 2 * (flat % 4));
      case Q2_0_G128 -> twoBits(flat / 128 * 34 + 2 + flat % 128 / 4, 2 * (flat % 4));
      case IQ1_BN -> iq1(row * (2 + tensor.cols() / 64 * 13) + 2 + col / 64 * 13, col % 64);
      case IQ2_BN ->
          twoBits(
              row * (4 + tensor.cols() / 64 * 16) + 4 + col / 64 * 16 + col % 16,
              2 * (col % 64 / 16));
      default -> throw new IllegalStateException();
    };
  }

  private int twoBits(int at, int shift) {
    return (u8(at) >> shift) % 4 - 1;
  }

  private int tq1(int block, int e) {
    if (e < 160) {
      return trit(u8(block + e % 32), e / 32);
    }
    return e < 240
        ? trit(u8(block + 32 + (e - 160) % 16), (e - 160) / 16)
        : trit(u8(block + 48 + (e - 240) % 4), (e - 240) / 4);
  }

  private int iq1(int block, int e) {
    int i = e / 16;
    int r = e % 16;
    return r < 15 ? trit(u8(block + 3 * i + r / 5), 4 - r % 5) : trit(u8(block + 12), 4 - i);
  }

  private static int trit(int fraction, int power) {
    return fraction * POWERS_OF_THREE[power] % 256 * 3 / 256 - 1;
  }

  private float q4(int block, int e) {
    int both = u8(block + 2 + e % 16);
    return ((e < 16 ? both % 16 : both / 16) - 8) * f16(block);
  }

  private float q4k(int block, int e) {
    int j = e / 32;
    int[] s = new int[12];
    for (int i = 0; i < 12; i++) {
      s[i] = u8(block + 4 + i);
    }
    int sc = j < 4 ? s[j] % 64 : s[j + 4] % 16 + s[j - 4] / 64 * 16;
    int m = j < 4 ? s[j + 4] % 64 : s[j + 4] / 16 + s[j] / 64 * 16;
    int both = u8(block + 16 + e / 64 * 32 + e % 32);
    int q = j % 2 == 0 ? both % 16 : both / 16;
    float product = f16(block) * sc * q;
    return product - f16(block + 2) * m;
  }

  private float q6k(int block, int e) {
    int h = e / 128;
    int g = e % 128 / 32;
    int l = e % 32;
    int a = u8(block + h * 64 + l + (g % 2 == 1 ? 32 : 0));
    int low = g >= 2 ? a / 16 : a % 16;
    int high = (u8(block + 128 + h * 32 + l) >> (2 * g)) % 4;
    byte sc = (byte) u8(block + 192 + h * 8 + 2 * g + l / 16);
    return f16(block + 208) * sc * (low + 16 * high - 32);
  }

  private int u8(int at) {
    return tensor.data().get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  private int u16(int at) {
    return u8(at) + 256 * u8(at + 1);
  }

  private float f32(int at) {
    return Float.intBitsToFloat(u16(at) + (u16(at + 2) << 16));
  }

  private float f16(int at) {
    int bits = u16(at);
    int exponent = bits / 1024 % 32;
    int mantissa = bits % 1024;
    double magnitude;
    if (exponent == 31) {
      magnitude = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else {
      magnitude =
          exponent == 0
              ? Math.scalb((double) mantissa, -24)
              : Math.scalb(1024.0 + mantissa, exponent - 25);
    }
    return (float) (bits >= 32_768 ? -magnitude : magnitude);
  }
}
