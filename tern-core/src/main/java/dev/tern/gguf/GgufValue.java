package dev.tern.gguf;

/// One metadata value with the type the file gives it, so that what is read can be written back
/// unchanged.
public sealed interface GgufValue
    permits GgufValue.Int, GgufValue.Real, GgufValue.Bool, GgufValue.Text, GgufArray {
  /// {@return the type in the file}
  GgufValueType type();

  /// An integer of any width.
  ///
  /// @param type its width and sign
  /// @param value the number; the bits of a UINT64 above 2^63 read as negative
  record Int(GgufValueType type, long value) implements GgufValue {
    /// Checks the type.
    ///
    /// @throws IllegalArgumentException if the type is not an integer or cannot hold the value
    public Int {
      boolean fits =
          switch (type) {
            case UINT8 -> value >= 0 && value <= 0xFF;
            case INT8 -> value == (byte) value;
            case UINT16 -> value >= 0 && value <= 0xFFFF;
            case INT16 -> value == (short) value;
            case UINT32 -> value >= 0 && value <= 0xFFFF_FFFFL;
            case INT32 -> value == (int) value;
            case UINT64, INT64 -> true;
            case FLOAT32, BOOL, STRING, ARRAY, FLOAT64 -> false;
          };
      if (!fits) {
        throw new IllegalArgumentException("%s cannot hold %d".formatted(type, value));
      }
    }

    @Override
    public String toString() {
      return type == GgufValueType.UINT64 ? Long.toUnsignedString(value) : Long.toString(value);
    }
  }

  /// A floating-point number.
  ///
  /// @param type FLOAT32 or FLOAT64
  /// @param value the number
  record Real(GgufValueType type, double value) implements GgufValue {
    /// Checks the type.
    ///
    /// @throws IllegalArgumentException if the type is not a floating-point one
    public Real {
      if (type != GgufValueType.FLOAT32 && type != GgufValueType.FLOAT64) {
        throw new IllegalArgumentException(type + " is not a floating-point type");
      }
    }

    @Override
    public String toString() {
      return type == GgufValueType.FLOAT32 ? Float.toString((float) value) : Double.toString(value);
    }
  }

  /// A truth value.
  ///
  /// @param value true or false
  record Bool(boolean value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.BOOL;
    }

    @Override
    public String toString() {
      return Boolean.toString(value);
    }
  }

  /// A string.
  ///
  /// @param value the text; bytes of a file that are not UTF-8 have become U+FFFD
  record Text(String value) implements GgufValue {
    @Override
    public GgufValueType type() {
      return GgufValueType.STRING;
    }

    @Override
    public String toString() {
      return value;
    }
  }

  /// {@return a UINT32, the width that writers use for counts and ids}
  ///
  /// @param value from 0 to 2^32 - 1
  static GgufValue uint32(long value) {
    return new Int(GgufValueType.UINT32, value);
  }

  /// {@return a FLOAT32}
  ///
  /// @param value any number
  static GgufValue float32(float value) {
    return new Real(GgufValueType.FLOAT32, value);
  }

  /// {@return a BOOL}
  ///
  /// @param value true or false
  static GgufValue bool(boolean value) {
    return new Bool(value);
  }

  /// {@return a STRING}
  ///
  /// @param value any text
  static GgufValue text(String value) {
    return new Text(value);
  }
}
