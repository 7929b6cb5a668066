package dev.tern.model;

import dev.tern.kernel.RowPlaces;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The tokens of one forward pass: the next ones of a text, or of several.
///
/// Each token is a row. Filled anew for each pass; not safe for use by several threads.
public final class Pass {
  private final int[] tokens;
  private final RowPlaces places;
  private final int[] stateRows;
  private final @Nullable KvCache[] texts;
  private final int[] textRows;
  private int textCount;
  private int states;

  Pass(int capacity) {
    this.tokens = new int[capacity];
    this.places = new RowPlaces(capacity);
    this.stateRows = new int[capacity];
    this.texts = new KvCache[capacity];
    this.textRows = new int[capacity];
  }

  /// Forgets all tokens.
  public void clear() {
    places.clear();
    Arrays.fill(texts, 0, textCount, null);
    textCount = 0;
    states = 0;
  }

  /// Adds the next tokens of a text, which has none in this pass yet.
  ///
  /// @param text the cache of the text so far
  /// @param ids token ids
  /// @param from the index of the first one to add
  /// @param count how many, at least 1
  /// @param wanted whose states to keep
  /// @return the row of the first state that is kept for them
  /// @throws IllegalArgumentException if there is no token, or the pass has no room for them or has
  ///   tokens of the text
  /// @throws IllegalStateException if the text has no room for them
  public int add(KvCache text, int[] ids, int from, int count, States wanted) {
    int row = rows();
    if (count < 1 || count > tokens.length - row) {
      throw new IllegalArgumentException(
          "a pass takes 1 to %d tokens, not %d".formatted(tokens.length, row + count));
    }
    for (int i = 0; i < textCount; i++) {
      if (texts[i] == text) {
        throw new IllegalArgumentException("the pass has tokens of this text already");
      }
    }
    text.reserve(count);
    System.arraycopy(ids, from, tokens, row, count);
    for (int t = 0; t < count; t++) {
      places.add(text.blocks(), text.length() + t);
    }
    texts[textCount] = text;
    textRows[textCount] = count;
    textCount++;
    return keep(wanted, row, count);
  }

  private int keep(States wanted, int row, int count) {
    int first = states;
    int kept =
        switch (wanted) {
          case NONE -> 0;
          case LAST -> 1;
          case ALL -> count;
        };
    for (int t = count - kept; t < count; t++) {
      stateRows[states++] = row + t;
    }
    return first;
  }

  /// {@return how many tokens there are}
  public int rows() {
    return places.count();
  }

  /// {@return how many states are kept}
  public int states() {
    return states;
  }

  int token(int row) {
    return tokens[row];
  }

  RowPlaces places() {
    return places;
  }

  /// {@return the row of a token whose state is kept, never less than the state's own}
  int stateRow(int state) {
    return stateRows[state];
  }

  /// Makes the tokens part of their texts.
  void advanceTexts() {
    for (int i = 0; i < textCount; i++) {
      Objects.requireNonNull(texts[i]).advance(textRows[i]);
    }
  }
}
