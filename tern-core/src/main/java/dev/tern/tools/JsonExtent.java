package dev.tern.tools;

/// Finds the end of a JSON object or array in a text that may go on, without looking at more of it
/// than brackets and strings.
final class JsonExtent {
  /// The value does not end in the text.
  static final int UNFINISHED = -1;

  /// There is no object or array.
  static final int NONE = -2;

  private JsonExtent() {}

  /// {@return the index behind the value, or [#UNFINISHED] or [#NONE]}
  static int end(CharSequence text, int from) {
    if (text.charAt(from) != '{' && text.charAt(from) != '[') {
      return NONE;
    }
    int depth = 0;
    boolean inString = false;
    for (int at = from; at < text.length(); at++) {
      char c = text.charAt(at);
      if (inString) {
        at += c == '\\' ? 1 : 0;
        inString = c != '"';
      } else if (c == '"') {
        inString = true;
      } else if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        return at + 1;
      }
    }
    return UNFINISHED;
  }
}
