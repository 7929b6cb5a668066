package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/// The tokens: how each is spelled, what it is for, and which bytes it adds to a text.
final class Vocabulary {
  /// What stands for a space in [Spelling#SPACE_MARKS].
  static final char SPACE_MARK = '\u2581';

  /// The greatest id, so that a damaged file cannot make Tern reserve memory for tokens that do not
  /// exist. The largest published vocabularies have a few hundred thousand.
  static final int MAX_ID = (1 << 22) - 1;

  private static final byte[] SPACE_MARK_UTF8 = Character.toString(SPACE_MARK).getBytes(UTF_8);
  private static final int BYTE_TOKEN_LENGTH = "<0x00>".length();

  /// How a vocabulary writes what its tokens mean.
  enum Spelling {
    /// In the letters of [ByteAlphabet]; a special token, or one with other characters, as it is.
    BYTE_ALPHABET,
    /// As the very bytes.
    RAW_BYTES,
    /// As text in which U+2581 stands for a space.
    SPACE_MARKS
  }

  private final Spelling spelling;
  private final TokenType[] types;
  private final int[] starts;

  /// All tokens one after another: their meaning for the byte-level spellings, else as spelled.
  private final byte[] pool;

  /// The tokens of [Spelling#BYTE_ALPHABET] that are spelled as they are.
  private final BitSet verbatim = new BitSet();

  /// Copies the tokens.
  ///
  /// @param source what to call their file in messages
  /// @param types one for each token
  Vocabulary(String source, Spelling spelling, List<byte[]> tokens, TokenType[] types) {
    this.spelling = spelling;
    this.types = types.clone();
    long total = 0;
    for (byte[] token : tokens) {
      total += token.length;
    }
    if (total > Integer.MAX_VALUE - 8) {
      throw new ModelFormatException(
          "%s: the tokens have %d bytes together, more than 2 GiB".formatted(source, total));
    }
    byte[] bytes = new byte[(int) total];
    starts = new int[tokens.size() + 1];
    int position = 0;
    for (int id = 0; id < tokens.size(); id++) {
      position = append(id, tokens.get(id), bytes, position);
      starts[id + 1] = position;
    }
    pool = position == bytes.length ? bytes : Arrays.copyOf(bytes, position);
    requireByteTokens(source);
  }

  private int append(int id, byte[] token, byte[] bytes, int position) {
    if (spelling == Spelling.BYTE_ALPHABET) {
      int end =
          types[id] == TokenType.NORMAL
              ? ByteAlphabet.read(token, 0, token.length, bytes, position)
              : -1;
      if (end >= 0) {
        return end;
      }
      verbatim.set(id);
    }
    System.arraycopy(token, 0, bytes, position, token.length);
    return position + token.length;
  }

  private void requireByteTokens(String source) {
    for (int id = 0; id < types.length; id++) {
      if (types[id] == TokenType.BYTE && byteValue(id) < 0) {
        throw new ModelFormatException(
            "%s: token %d is said to be a byte, but is spelled '%s' instead of <0x00> to <0xFF>"
                .formatted(source, id, piece(id)));
      }
    }
  }

  int size() {
    return types.length;
  }

  TokenType type(int id) {
    return types[id];
  }

  /// All tokens one after another, as [TokenIndex] finds them; not to be changed.
  byte[] pool() {
    return pool;
  }

  /// Where a token begins in the pool; it ends where the next one begins.
  int start(int id) {
    return starts[id];
  }

  int end(int id) {
    return starts[id + 1];
  }

  /// Whether the token's place in the pool is its meaning in the letters of [ByteAlphabet].
  boolean isVerbatim(int id) {
    return verbatim.get(id);
  }

  /// The byte a byte token stands for, or -1 if it is not spelled like one.
  int byteValue(int id) {
    return byteValue(pool, start(id), end(id));
  }

  /// The byte that `<0x00>` to `<0xFF>` stands for, or -1 for other texts.
  static int byteValue(byte[] spelled, int from, int to) {
    if (to - from != BYTE_TOKEN_LENGTH
        || spelled[from] != '<'
        || spelled[from + 1] != '0'
        || spelled[from + 2] != 'x'
        || spelled[from + 5] != '>') {
      return -1;
    }
    int high = Character.digit(spelled[from + 3], 16);
    int low = Character.digit(spelled[from + 4], 16);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
  }

  /// The bytes a token adds to a text.
  byte[] bytes(int id) {
    ByteList text = new ByteList();
    write(id, text);
    return text.toArray();
  }

  /// Appends the bytes a token adds to a text.
  void write(int id, ByteList text) {
    switch (types[Objects.checkIndex(id, types.length)]) {
      case CONTROL, UNKNOWN, UNUSED -> {}
      case BYTE -> text.add(byteValue(id));
      case USER_DEFINED -> text.addAll(pool, start(id), end(id));
      case NORMAL -> {
        if (spelling == Spelling.SPACE_MARKS) {
          writeWithSpaces(id, text);
        } else {
          text.addAll(pool, start(id), end(id));
        }
      }
    }
  }

  private void writeWithSpaces(int id, ByteList text) {
    int end = end(id);
    for (int i = start(id); i < end; i++) {
      if (isSpaceMark(pool, i, end)) {
        text.add(' ');
        i += SPACE_MARK_UTF8.length - 1;
      } else {
        text.add(pool[i]);
      }
    }
  }

  /// A token as the vocabulary spells it.
  String piece(int id) {
    Objects.checkIndex(id, types.length);
    byte[] raw = Arrays.copyOfRange(pool, start(id), end(id));
    return switch (spelling) {
      case SPACE_MARKS -> new String(raw, UTF_8);
      case RAW_BYTES -> types[id].isSpecial() ? new String(raw, UTF_8) : ByteAlphabet.spell(raw);
      case BYTE_ALPHABET -> verbatim.get(id) ? new String(raw, UTF_8) : ByteAlphabet.spell(raw);
    };
  }

  /// Whether a space mark in UTF-8 begins here.
  static boolean isSpaceMark(byte[] utf8, int at, int end) {
    return at + SPACE_MARK_UTF8.length <= end
        && utf8[at] == SPACE_MARK_UTF8[0]
        && utf8[at + 1] == SPACE_MARK_UTF8[1]
        && utf8[at + 2] == SPACE_MARK_UTF8[2];
  }
}
