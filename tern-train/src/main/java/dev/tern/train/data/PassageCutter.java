package dev.tern.train.data;

import java.io.IOException;

/// Cuts long documents into passages, where tokenizers cut too: at the beginning of a line or of a
/// word. So a document of any size is read in bounded memory and has the tokens that it has as a
/// whole. Only a stretch of a passage's length without such a place is cut anywhere.
final class PassageCutter {
  /// Characters of a passage.
  static final int LENGTH = 1 << 18;

  private final Part.Sink sink;
  private final StringBuilder pending = new StringBuilder();
  private final int length;
  private final boolean trims;
  private boolean opened;

  /// Makes a cutter.
  ///
  /// @param trims whether white space at both ends of documents is left out
  PassageCutter(Part.Sink sink, boolean trims, int length) {
    this.sink = sink;
    this.trims = trims;
    this.length = length;
  }

  /// Appends to the document.
  void append(CharSequence text, int from, int to) throws IOException {
    int start = from;
    while (start < to) {
      int end = Math.min(to, start + length);
      pending.append(text, start, end);
      start = end;
      if (trims && !opened) {
        pending.delete(0, leadingSpace());
      }
      while (pending.length() > 2 * length) {
        int cut = place();
        sink.accept(new Part.Passage(pending.substring(0, cut), !opened, false));
        opened = true;
        pending.delete(0, cut);
      }
    }
  }

  /// Ends the document; without text it is none.
  void endDocument() throws IOException {
    if (trims) {
      int end = pending.length();
      while (end > 0 && isSpace(pending.charAt(end - 1))) {
        end--;
      }
      pending.setLength(end);
    }
    if (opened || !pending.isEmpty()) {
      sink.accept(new Part.Passage(pending.toString(), !opened, true));
    }
    pending.setLength(0);
    opened = false;
  }

  private int leadingSpace() {
    int start = 0;
    while (start < pending.length() && isSpace(pending.charAt(start))) {
      start++;
    }
    return start;
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c);
  }

  /// Where to cut between one and two lengths: before a letter that begins a line, else before the
  /// space of a word that follows a word, else anywhere but inside a character.
  private int place() {
    int word = -1;
    for (int at = 2 * length; at > length; at--) {
      char before = pending.charAt(at - 1);
      char after = pending.charAt(at);
      if (before == '\n' && Character.isLetter(after)) {
        return at;
      }
      if (word < 0
          && after == ' '
          && Character.isLetter(before)
          && Character.isLetter(pending.charAt(at + 1 < pending.length() ? at + 1 : at))) {
        word = at;
      }
    }
    if (word >= 0) {
      return word;
    }
    return Character.isLowSurrogate(pending.charAt(length)) ? length - 1 : length;
  }
}
