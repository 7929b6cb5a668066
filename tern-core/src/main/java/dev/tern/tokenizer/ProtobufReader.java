package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import java.util.Arrays;

/// Walks over the fields of a protocol-buffer message, without a schema.
///
/// Source: the wire format at <https://protobuf.dev/programming-guides/encoding/>.
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;
  private static final int MAX_VARINT_BITS = 70;

  private final String source;
  private final byte[] bytes;
  private final int end;
  private int position;
  private int field;
  private int wireType;

  /// Begins to read a whole file.
  ProtobufReader(String source, byte[] bytes) {
    this(source, bytes, 0, bytes.length);
  }

  private ProtobufReader(String source, byte[] bytes, int position, int end) {
    this.source = source;
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  /// Moves to the next field; its value must then be read or skipped.
  ///
  /// @return false at the end of the message
  boolean next() {
    if (position == end) {
      return false;
    }
    int at = position;
    long tag = readVarint();
    field = (int) Math.min(tag >>> 3, Integer.MAX_VALUE);
    wireType = (int) tag & 7;
    if (field == 0) {
      throw corrupt(at, "a field has the number 0");
    }
    return true;
  }

  int field() {
    return field;
  }

  /// Reads a number or truth value of any width; negative ones are sign-extended.
  long readInteger(String what) {
    require(VARINT, what);
    return readVarint();
  }

  float readFloat(String what) {
    require(FIXED32, what);
    int at = take(Float.BYTES);
    int bits = 0;
    for (int i = Float.BYTES - 1; i >= 0; i--) {
      bits = (bits << 8) | (bytes[at + i] & 0xFF);
    }
    return Float.intBitsToFloat(bits);
  }

  byte[] readBytes(String what) {
    require(LENGTH_DELIMITED, what);
    int length = readLength();
    int at = take(length);
    return Arrays.copyOfRange(bytes, at, at + length);
  }

  ProtobufReader readMessage(String what) {
    require(LENGTH_DELIMITED, what);
    int length = readLength();
    int at = take(length);
    return new ProtobufReader(source, bytes, at, at + length);
  }

  void skip() {
    switch (wireType) {
      case VARINT -> readVarint();
      case FIXED64 -> take(Long.BYTES);
      case LENGTH_DELIMITED -> take(readLength());
      case FIXED32 -> take(Float.BYTES);
      default ->
          throw corrupt(position, "field %d has the wire type %d".formatted(field, wireType));
    }
  }

  private void require(int expected, String what) {
    if (wireType != expected) {
      throw corrupt(
          position,
          "%s should have the wire type %d, but has %d".formatted(what, expected, wireType));
    }
  }

  private int readLength() {
    int at = position;
    long length = readVarint();
    if (length < 0 || length > end - position) {
      throw corrupt(
          at,
          "a length of %s, but %d bytes remain"
              .formatted(Long.toUnsignedString(length), end - position));
    }
    return (int) length;
  }

  private long readVarint() {
    int start = position;
    long value = 0;
    for (int shift = 0; shift < MAX_VARINT_BITS; shift += 7) {
      byte octet = bytes[take(1)];
      value |= (long) (octet & 0x7F) << shift;
      if (octet >= 0) {
        return value;
      }
    }
    throw corrupt(start, "a number of more than ten bytes");
  }

  private int take(int length) {
    int at = position;
    if (length > end - at) {
      throw corrupt(at, "%d bytes are expected, but %d remain".formatted(length, end - at));
    }
    position += length;
    return at;
  }

  private ModelFormatException corrupt(int at, String message) {
    return new ModelFormatException(
        "%s: at byte %d: %s; this is not a SentencePiece model, or a damaged one"
            .formatted(source, at, message));
  }
}
