package dev.tern.json;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Reads one JSON value from bytes, by recursive descent.
final class JsonReader {
  /// Deeper nesting is refused, so that a hostile file cannot exhaust the stack.
  private static final int MAX_DEPTH = 512;

  private final String source;
  private final byte[] bytes;
  private final boolean uniqueNames;

  /// The elements of the arrays that have begun, innermost last: files have hundreds of thousands
  /// of arrays of two, and growing a list for each would cost more than reading them.
  private final List<JsonValue> unfinished = new ArrayList<>();

  private int position;
  private int depth;

  JsonReader(String source, byte[] bytes, boolean uniqueNames) {
    this.source = source;
    this.bytes = bytes;
    this.uniqueNames = uniqueNames;
  }

  JsonValue read() {
    int malformed = Utf8.firstMalformed(bytes);
    if (malformed >= 0) {
      throw corrupt(malformed, "the bytes here are not UTF-8");
    }
    skipWhitespace();
    JsonValue value = readValue();
    skipWhitespace();
    if (position < bytes.length) {
      throw unexpected("the end of the file");
    }
    return value;
  }

  private JsonValue readValue() {
    return switch (peek()) {
      case '{' -> readObject();
      case '[' -> readArray();
      case '"' -> readString();
      case 't' -> readWord("true", new JsonValue.Bool(true));
      case 'f' -> readWord("false", new JsonValue.Bool(false));
      case 'n' -> readWord("null", JsonValue.Null.NULL);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> readNumber();
      default -> throw unexpected("a value");
    };
  }

  private JsonValue readObject() {
    enter();
    Map<String, JsonValue> members = new LinkedHashMap<>();
    if (peek() != '}') {
      do {
        skipWhitespace();
        if (peek() != '"') {
          throw unexpected("a name in quotes");
        }
        int nameAt = position;
        String name = readString().value();
        skipWhitespace();
        if (!take(':')) {
          throw unexpected("':'");
        }
        skipWhitespace();
        if (members.put(name, readValue()) != null && uniqueNames) {
          throw corrupt(nameAt, "the name '%s' occurs twice in one object".formatted(name));
        }
        skipWhitespace();
      } while (take(','));
    }
    leave('}', "',' or '}'");
    return new JsonValue.Members(members);
  }

  private JsonValue readArray() {
    enter();
    int first = unfinished.size();
    if (peek() != ']') {
      do {
        skipWhitespace();
        unfinished.add(readValue());
        skipWhitespace();
      } while (take(','));
    }
    leave(']', "',' or ']'");
    List<JsonValue> elements = unfinished.subList(first, unfinished.size());
    JsonValue array = new JsonValue.Elements(elements);
    elements.clear();
    return array;
  }

  private void enter() {
    if (++depth > MAX_DEPTH) {
      throw corrupt(position, "objects and arrays are nested more than " + MAX_DEPTH + " deep");
    }
    position++;
    skipWhitespace();
  }

  private void leave(char closing, String expected) {
    if (!take(closing)) {
      throw unexpected(expected);
    }
    depth--;
  }

  private JsonValue readWord(String word, JsonValue value) {
    for (int i = 0; i < word.length(); i++) {
      if (!take(word.charAt(i))) {
        throw unexpected("the word " + word);
      }
    }
    return value;
  }

  private JsonValue readNumber() {
    int start = position;
    take('-');
    if (!take('0')) {
      skipDigits();
    }
    if (take('.')) {
      skipDigits();
    }
    if (take('e') || take('E')) {
      if (!take('+')) {
        take('-');
      }
      skipDigits();
    }
    return new JsonValue.Numeral(bytes, start, position);
  }

  private void skipDigits() {
    if (!isDigit(peek())) {
      throw unexpected("a digit");
    }
    do {
      position++;
    } while (isDigit(peek()));
  }

  private static boolean isDigit(int octet) {
    return octet >= '0' && octet <= '9';
  }

  private JsonValue.Text readString() {
    byte[] octets = bytes;
    int start = ++position;
    for (int i = start; i < octets.length; i++) {
      byte octet = octets[i];
      if (octet == '"') {
        position = i + 1;
        return new JsonValue.Text(octets, start, i);
      }
      if (octet == '\\') {
        byte[] unescaped = readEscapedString(start, i).getBytes(UTF_8);
        return new JsonValue.Text(unescaped, 0, unescaped.length);
      }
      if (octet >= 0 && octet < ' ') {
        throw bareControl(i);
      }
    }
    throw unended(start);
  }

  private String readEscapedString(int start, int firstEscape) {
    StringBuilder text = new StringBuilder(new String(bytes, start, firstEscape - start, UTF_8));
    position = firstEscape;
    while (position < bytes.length) {
      int octet = bytes[position];
      if (octet == '"') {
        position++;
        return checkSurrogates(text, start);
      }
      if (octet == '\\') {
        position++;
        text.append(readEscape());
      } else {
        int end = endOfPlainRun();
        text.append(new String(bytes, position, end - position, UTF_8));
        position = end;
      }
    }
    throw unended(start);
  }

  private int endOfPlainRun() {
    int end = position;
    while (end < bytes.length && bytes[end] != '"' && bytes[end] != '\\') {
      if (bytes[end] >= 0 && bytes[end] < ' ') {
        throw bareControl(end);
      }
      end++;
    }
    return end;
  }

  private char readEscape() {
    int octet = peek();
    position++;
    return switch (octet) {
      case '"', '\\', '/' -> (char) octet;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> readHexadecimal();
      default -> throw corrupt(position - 2, "there is no such escape");
    };
  }

  private char readHexadecimal() {
    int unit = 0;
    for (int i = 0; i < 4; i++) {
      int digit = peek() < 0 ? -1 : Character.digit((char) peek(), 16);
      if (digit < 0) {
        throw unexpected("four hexadecimal digits");
      }
      unit = unit << 4 | digit;
      position++;
    }
    return (char) unit;
  }

  private String checkSurrogates(StringBuilder text, int start) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean pair = Character.isSupplementaryCodePoint(text.codePointAt(i));
        if (!pair) {
          throw corrupt(
              start - 1,
              "the string that begins here has half a surrogate pair, \\u%04x"
                  .formatted((int) text.charAt(i)));
        }
        i++;
      }
    }
    return text.toString();
  }

  /// Works on copies of the fields, as [#readString] does: indentation is half of many files, and a
  /// cold virtual machine reads fields anew in every round.
  private void skipWhitespace() {
    byte[] octets = bytes;
    int at = position;
    while (at < octets.length && isWhitespace(octets[at])) {
      at++;
    }
    position = at;
  }

  private static boolean isWhitespace(byte octet) {
    return octet == ' ' || octet == '\n' || octet == '\r' || octet == '\t';
  }

  /// The byte at the position, or -1 at the end or where it is not ASCII.
  private int peek() {
    return position < bytes.length ? Math.max(bytes[position], -1) : -1;
  }

  private boolean take(char expected) {
    if (peek() == expected) {
      position++;
      return true;
    }
    return false;
  }

  private ModelFormatException unexpected(String expected) {
    if (position >= bytes.length) {
      return corrupt(position, "expected " + expected + ", but the file ends");
    }
    int length = Math.min(bytes.length - position, 4);
    int found = new String(bytes, position, length, UTF_8).codePointAt(0);
    String described =
        Character.isISOControl(found)
            ? "the byte %02x".formatted(found)
            : "'" + Character.toString(found) + "'";
    return corrupt(position, "expected " + expected + ", found " + described);
  }

  private ModelFormatException bareControl(int at) {
    return corrupt(
        at, "a control character (%02x) must be escaped in a string".formatted(bytes[at]));
  }

  private ModelFormatException unended(int start) {
    return corrupt(
        bytes.length, "the string that begins at byte %d does not end".formatted(start - 1));
  }

  private ModelFormatException corrupt(int at, String message) {
    int line = 1;
    int lineStart = 0;
    for (int i = 0; i < at; i++) {
      if (bytes[i] == '\n') {
        line++;
        lineStart = i + 1;
      }
    }
    int column = new String(bytes, lineStart, at - lineStart, UTF_8).length() + 1;
    return new ModelFormatException(
        "%s: at byte %d (line %d, column %d): %s".formatted(source, at, line, column, message));
  }
}
