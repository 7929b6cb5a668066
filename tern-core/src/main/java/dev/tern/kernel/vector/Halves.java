package dev.tern.kernel.vector;

import java.lang.foreign.MemorySegment;

/// Widens 16-bit floats to 32-bit ones, which the Vector API has no operation for: plain loops over
/// arrays, for which the compiler uses the processor's own conversion where there is one. Not safe
/// for use by several threads.
final class Halves {
  private short[] halves = new short[0];

  /// Widens IEEE halves.
  ///
  /// @param data holds them
  /// @param byteOffset where the first one starts
  /// @param floats receives them from index 0
  /// @param count how many
  void widenF16(MemorySegment data, long byteOffset, float[] floats, int count) {
    short[] source = load(data, byteOffset, count);
    for (int i = 0; i < count; i++) {
      floats[i] = Float.float16ToFloat(source[i]);
    }
  }

  /// Completes the upper halves of floats with zeros.
  ///
  /// @param data holds them
  /// @param byteOffset where the first one starts
  /// @param floats receives them from index 0
  /// @param count how many
  void widenBf16(MemorySegment data, long byteOffset, float[] floats, int count) {
    short[] source = load(data, byteOffset, count);
    for (int i = 0; i < count; i++) {
      floats[i] = Float.intBitsToFloat(source[i] << 16);
    }
  }

  private short[] load(MemorySegment data, long byteOffset, int count) {
    if (halves.length < count) {
      halves = new short[count];
    }
    MemorySegment.copy(data, Layouts.SHORT, byteOffset, halves, 0, count);
    return halves;
  }
}
