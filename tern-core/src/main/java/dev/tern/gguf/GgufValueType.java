package dev.tern.gguf;

import org.jspecify.annotations.Nullable;

/// The types of metadata values, with their numbers in the file.
public enum GgufValueType {
  /// Unsigned 8-bit integer.
  UINT8(0, 1),
  /// Signed 8-bit integer.
  INT8(1, 1),
  /// Unsigned 16-bit integer.
  UINT16(2, 2),
  /// Signed 16-bit integer.
  INT16(3, 2),
  /// Unsigned 32-bit integer.
  UINT32(4, 4),
  /// Signed 32-bit integer.
  INT32(5, 4),
  /// 32-bit float.
  FLOAT32(6, 4),
  /// One byte, 0 or 1.
  BOOL(7, 1),
  /// 64-bit length and UTF-8 bytes.
  STRING(8, 8),
  /// Element type, 64-bit count and elements.
  ARRAY(9, 12),
  /// Unsigned 64-bit integer.
  UINT64(10, 8),
  /// Signed 64-bit integer.
  INT64(11, 8),
  /// 64-bit float.
  FLOAT64(12, 8);

  private final int id;
  private final int leastBytes;

  GgufValueType(int id, int leastBytes) {
    this.id = id;
    this.leastBytes = leastBytes;
  }

  /// {@return the type number in a file}
  public int id() {
    return id;
  }

  /// The bytes a value takes; of a string or array the least it can take.
  int leastBytes() {
    return leastBytes;
  }

  /// {@return whether values are integers of any width and sign}
  public boolean isInteger() {
    return switch (this) {
      case UINT8, INT8, UINT16, INT16, UINT32, INT32, UINT64, INT64 -> true;
      case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
    };
  }

  static @Nullable GgufValueType byId(int id) {
    for (GgufValueType type : values()) {
      if (type.id == id) {
        return type;
      }
    }
    return null;
  }
}
