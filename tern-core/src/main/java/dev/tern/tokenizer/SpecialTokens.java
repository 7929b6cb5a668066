package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Finds the special tokens that a text names: the leftmost first, the longest of those that begin
/// at the same place.
///
/// llama.cpp looks for the longest token everywhere first; the two differ only where two tokens
/// overlap in a text. Hugging Face tokenizers searches as this does.
final class SpecialTokens {
  private final Map<String, SpecialToken> byText = new HashMap<>();
  private final SpecialTokenTrie all = new SpecialTokenTrie();
  private final SpecialTokenTrie userDefined = new SpecialTokenTrie();

  /// What a text is cut into.
  interface Sink {
    /// Takes a stretch of ordinary text, never empty.
    void text(String text, int from, int to);

    /// Takes a special token.
    void token(int id);
  }

  /// Prepares to find some tokens.
  ///
  /// @param source what to call their file in messages
  /// @param normalizer what becomes of the texts in which they are looked for
  /// @throws ModelFormatException if two have the same text
  SpecialTokens(String source, List<SpecialToken> tokens, UnaryOperator<String> normalizer) {
    for (SpecialToken token : tokens) {
      SpecialToken other = byText.put(token.text(), token);
      if (other != null) {
        throw new ModelFormatException(
            "%s: the special tokens %d and %d are both spelled '%s'"
                .formatted(source, other.id(), token.id(), token.text()));
      }
      SpecialToken normalized = token.withText(normalizer.apply(token.text()));
      if (!normalized.text().isEmpty()) {
        add(normalized);
      }
    }
  }

  /// Prepares to find no tokens.
  SpecialTokens() {}

  private void add(SpecialToken token) {
    all.add(token);
    if (!token.isControl()) {
      userDefined.add(token);
    }
  }

  boolean isEmpty() {
    return byText.isEmpty();
  }

  OptionalInt id(String text) {
    SpecialToken token = byText.get(text);
    return token == null ? OptionalInt.empty() : OptionalInt.of(token.id());
  }

  /// Cuts a text at the tokens that it names.
  ///
  /// @param withControl whether it may name control tokens
  void split(String text, boolean withControl, Sink sink) {
    SpecialTokenTrie trie = withControl ? all : userDefined;
    int done = 0;
    int at = 0;
    while (at < text.length()) {
      SpecialToken token = trie.longestAt(text, at);
      if (token == null) {
        at++;
      } else {
        int end = at + token.text().length();
        if (!token.isWord() || standsApart(text, at, end)) {
          int from = token.takesSpaceBefore() ? spaceBefore(text, done, at) : at;
          if (from > done) {
            sink.text(text, done, from);
          }
          sink.token(token.id());
          end = token.takesSpaceAfter() ? spaceAfter(text, end) : end;
          done = end;
        }
        at = end;
      }
    }
    if (done < text.length()) {
      sink.text(text, done, text.length());
    }
  }

  private static boolean standsApart(String text, int from, int to) {
    return (from == 0 || !UnicodeClasses.isWord(text.codePointBefore(from)))
        && (to == text.length() || !UnicodeClasses.isWord(text.codePointAt(to)));
  }

  private static int spaceBefore(String text, int floor, int from) {
    int start = from;
    while (start > floor && UnicodeClasses.isWhiteSpace(text.charAt(start - 1))) {
      start--;
    }
    return start;
  }

  private static int spaceAfter(String text, int to) {
    int end = to;
    while (end < text.length() && UnicodeClasses.isWhiteSpace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  /// A tree of the tokens' characters, so that hundreds of tokens cost no more than one.
  private static final class SpecialTokenTrie {
    private final Map<Character, Node> roots = new HashMap<>();
    private final boolean[] asciiRoots = new boolean[128];

    private static final class Node {
      private final Map<Character, Node> children = new HashMap<>();
      private @Nullable SpecialToken token;
    }

    void add(SpecialToken token) {
      char first = token.text().charAt(0);
      if (first < asciiRoots.length) {
        asciiRoots[first] = true;
      }
      Node node = roots.computeIfAbsent(first, _ -> new Node());
      for (int i = 1; i < token.text().length(); i++) {
        node = node.children.computeIfAbsent(token.text().charAt(i), _ -> new Node());
      }
      node.token = node.token == null ? token : node.token;
    }

    @Nullable SpecialToken longestAt(String text, int at) {
      char first = text.charAt(at);
      if (roots.isEmpty() || (first < asciiRoots.length && !asciiRoots[first])) {
        return null;
      }
      SpecialToken longest = null;
      Node node = roots.get(first);
      for (int i = at + 1; node != null; i++) {
        longest = node.token == null ? longest : node.token;
        node = i < text.length() ? node.children.get(text.charAt(i)) : null;
      }
      return longest;
    }
  }
}
