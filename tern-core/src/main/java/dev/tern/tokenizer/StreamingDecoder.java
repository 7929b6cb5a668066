package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// Holds the bytes of a character back until it is whole.
///
/// What [java.lang.String] makes of malformed bytes does not depend on where they were cut, as long
/// as no cut is inside what may become one character; so the pieces together are what decoding
/// everything at once gives.
final class StreamingDecoder implements TokenDecoder {
  private final Vocabulary vocabulary;
  private boolean takesFirstSpace;
  private byte[] held = new byte[0];

  StreamingDecoder(Vocabulary vocabulary, boolean takesFirstSpace) {
    this.vocabulary = vocabulary;
    this.takesFirstSpace = takesFirstSpace;
  }

  @Override
  public String append(int id) {
    byte[] more = vocabulary.bytes(id);
    if (more.length == 0) {
      return "";
    }
    int from = takesFirstSpace && more[0] == ' ' ? 1 : 0;
    takesFirstSpace = false;
    byte[] bytes = Arrays.copyOf(held, held.length + more.length - from);
    System.arraycopy(more, from, bytes, held.length, more.length - from);
    int whole = bytes.length - unfinishedLength(bytes);
    held = Arrays.copyOfRange(bytes, whole, bytes.length);
    return new String(bytes, 0, whole, UTF_8);
  }

  @Override
  public String finish() {
    String rest = new String(held, UTF_8);
    held = new byte[0];
    return rest;
  }

  /// How many bytes at the end are the beginning of a well-formed character.
  private static int unfinishedLength(byte[] bytes) {
    for (int length = 1; length <= Math.min(3, bytes.length); length++) {
      int lead = bytes[bytes.length - length] & 0xFF;
      if (lead < 0x80) {
        return 0;
      }
      if (lead >= 0xC0) {
        return begins(bytes, bytes.length - length, length) ? length : 0;
      }
    }
    return 0;
  }

  /// Whether these bytes are the beginning, and not the whole, of a well-formed character, by table
  /// 3-7 of the Unicode standard; or of the three bytes of a surrogate, for which Java puts one
  /// replacement.
  private static boolean begins(byte[] bytes, int from, int length) {
    int lead = bytes[from] & 0xFF;
    int needed = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length >= needed) {
      return false;
    }
    if (length == 1) {
      return true;
    }
    int second = bytes[from + 1] & 0xFF;
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xF4 ? 0x8F : 0xBF;
    return second >= lowest && second <= highest;
  }
}
