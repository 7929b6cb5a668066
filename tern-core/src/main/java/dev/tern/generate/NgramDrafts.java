package dev.tern.generate;

/// Guesses how a text goes on where it repeats itself: prompt lookup decoding.
///
/// The latest earlier place where the text's last tokens stand, the longest match first, says what
/// followed them there. Guesses cost nothing but a look at the history; whether they are right is
/// for the model to say.
final class NgramDrafts {
  private static final int LONGEST_MATCH = 3;

  /// A single token stands in too many places to say anything.
  private static final int SHORTEST_MATCH = 2;

  private static final int[] NONE = {};

  private NgramDrafts() {}

  /// {@return tokens that may follow, at most `limit`; none where the text says nothing}
  ///
  /// @param history the tokens so far without the next
  /// @param next the next token
  /// @param limit at least 0
  static int[] guess(TokenHistory history, int next, int limit) {
    int end = history.size();
    for (int length = LONGEST_MATCH; length >= SHORTEST_MATCH && limit > 0; length--) {
      // The match ends before `place`, and is never the end of the text itself.
      for (int place = end; place >= length; place--) {
        if (history.get(place - 1) == next && matches(history, place - 1, length - 1)) {
          int count = Math.min(limit, end - place);
          if (count > 0) {
            return history.copy(place, count);
          }
        }
      }
    }
    return NONE;
  }

  /// Whether the tokens before a place are the last ones of the text.
  private static boolean matches(TokenHistory history, int place, int count) {
    if (place < count) {
      return false;
    }
    for (int i = 1; i <= count; i++) {
      if (history.get(place - i) != history.get(history.size() - i)) {
        return false;
      }
    }
    return true;
  }
}
