package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;

/// Vocabularies made by tests.
final class Vocabularies {
  private Vocabularies() {}

  /// A vocabulary of ordinary tokens with marks for spaces.
  static Vocabulary of(String... tokens) {
    TokenType[] types = new TokenType[tokens.length];
    Arrays.fill(types, TokenType.NORMAL);
    return new Vocabulary("test", Vocabulary.Spelling.SPACE_MARKS, bytes(tokens), types);
  }

  static List<byte[]> bytes(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(UTF_8)).toList();
  }

  /// The letters of all bytes in order, so that the id of a letter is its byte.
  static String[] letters() {
    String[] letters = new String[256];
    for (int octet = 0; octet < 256; octet++) {
      letters[octet] = Character.toString(ByteAlphabet.letter(octet));
    }
    return letters;
  }

  /// The letters of all bytes and some more tokens.
  static List<byte[]> lettersAnd(String... more) {
    String[] all = Arrays.copyOf(letters(), 256 + more.length);
    System.arraycopy(more, 0, all, 256, more.length);
    return bytes(all);
  }
}
