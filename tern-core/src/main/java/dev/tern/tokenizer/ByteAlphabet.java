package dev.tern.tokenizer;

import java.util.Arrays;

/// The alphabet in which byte-level vocabularies spell bytes as printable characters: a byte that
/// Latin-1 prints is itself, the others are U+0100 and upwards in order, so that a space is `Ġ`.
///
/// Source: the table `bytes_to_unicode` of OpenAI's GPT-2.
public final class ByteAlphabet {
  private static final char[] LETTERS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) -1);
    char next = 0x100;
    for (int octet = 0; octet < 256; octet++) {
      LETTERS[octet] = isPrintable(octet) ? (char) octet : next++;
      BYTES[LETTERS[octet]] = (short) octet;
    }
  }

  private ByteAlphabet() {}

  private static boolean isPrintable(int octet) {
    return (octet >= '!' && octet <= '~') || (octet >= 0xA1 && octet != 0xAD);
  }

  /// {@return the letter for a byte}
  ///
  /// @param octet from 0 to 255
  public static char letter(int octet) {
    return LETTERS[octet];
  }

  /// The byte that a letter stands for, or -1 for a character outside the alphabet.
  static int octet(int letter) {
    return letter < BYTES.length ? BYTES[letter] : -1;
  }

  /// {@return some bytes, a letter for each}
  ///
  /// @param bytes any
  public static String spell(byte[] bytes) {
    char[] letters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      letters[i] = LETTERS[bytes[i] & 0xFF];
    }
    return new String(letters);
  }

  /// Reads letters that are encoded as UTF-8.
  ///
  /// @param target receives the bytes they stand for, never more than there are in `utf8`
  /// @return the position in `target` after the last one, or -1 if a character is outside the
  ///   alphabet
  static int read(byte[] utf8, int from, int to, byte[] target, int position) {
    int i = from;
    while (i < to) {
      int letter = utf8[i++];
      if (letter < 0) {
        // Every letter is below U+0144, so that none has more than two bytes.
        boolean pair = (letter & 0xE0) == 0xC0 && i < to && (utf8[i] & 0xC0) == 0x80;
        letter = pair ? ((letter & 0x1F) << 6) | (utf8[i++] & 0x3F) : BYTES.length;
      }
      int octet = octet(letter);
      if (octet < 0) {
        return -1;
      }
      target[position++] = (byte) octet;
    }
    return position;
  }
}
