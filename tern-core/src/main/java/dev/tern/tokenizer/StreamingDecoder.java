package dev.tern.tokenizer;

/// Holds the bytes of a character back until it is whole.
///
/// What [java.lang.String] makes of malformed bytes does not depend on where they were cut, as long
/// as no cut is inside what may become one character; so the pieces together are what decoding
/// everything at once gives.
final class StreamingDecoder implements TokenDecoder {
  private final Vocabulary vocabulary;
  private boolean takesFirstSpace;
  private final ByteList held = new ByteList();

  StreamingDecoder(Vocabulary vocabulary, boolean takesFirstSpace) {
    this.vocabulary = vocabulary;
    this.takesFirstSpace = takesFirstSpace;
  }

  @Override
  public String append(int id) {
    int before = held.size();
    vocabulary.write(id, held);
    if (held.size() == before) {
      return "";
    }
    // Only before the first bytes of a text, so that nothing is held.
    if (takesFirstSpace && held.startsWith(' ')) {
      held.removeFirst(1);
    }
    takesFirstSpace = false;
    return held.removeFirst(held.size() - unfinishedLength());
  }

  @Override
  public String finish() {
    return held.removeFirst(held.size());
  }

  /// How many bytes at the end are the beginning of a well-formed character.
  private int unfinishedLength() {
    for (int length = 1; length <= Math.min(3, held.size()); length++) {
      int lead = held.get(held.size() - length) & 0xFF;
      if (lead < 0x80) {
        return 0;
      }
      if (lead >= 0xC0) {
        return begins(held.size() - length, length) ? length : 0;
      }
    }
    return 0;
  }

  /// Whether these bytes are the beginning, and not the whole, of a well-formed character, by table
  /// 3-7 of the Unicode standard; or of the three bytes of a surrogate, for which Java puts one
  /// replacement.
  private boolean begins(int from, int length) {
    int lead = held.get(from) & 0xFF;
    int needed = lead < 0xC2 || lead > 0xF4 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (length >= needed) {
      return false;
    }
    if (length == 1) {
      return true;
    }
    int second = held.get(from + 1) & 0xFF;
    int lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    int highest = lead == 0xF4 ? 0x8F : 0xBF;
    return second >= lowest && second <= highest;
  }
}
