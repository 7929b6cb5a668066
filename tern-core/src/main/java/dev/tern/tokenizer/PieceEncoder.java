package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/// Turns a piece of text, which the pre-tokenizer has cut out, into tokens.
///
/// Immutable but for its cache; safe for use by many threads, each with its own [SymbolMerger].
final class PieceEncoder {
  /// What merging starts from.
  enum Symbols {
    /// Single bytes.
    BYTES,
    /// Single characters.
    CHARACTERS
  }

  private final Vocabulary vocabulary;
  private final TokenIndex index;
  private final Symbols symbols;
  private final PairRule rule;
  private final boolean wholePieces;
  private final ByteFallback fallback;
  private final boolean cutsBeforeSpaces;
  private final PieceCache cache = new PieceCache();

  /// Makes an encoder.
  ///
  /// @param wholePieces whether a piece that is a token as a whole becomes that token without
  ///   merging
  PieceEncoder(
      Vocabulary vocabulary,
      TokenIndex index,
      Symbols symbols,
      PairRule rule,
      boolean wholePieces,
      ByteFallback fallback) {
    this.vocabulary = vocabulary;
    this.index = index;
    this.symbols = symbols;
    this.rule = rule;
    this.wholePieces = wholePieces;
    this.fallback = fallback;
    cutsBeforeSpaces =
        symbols == Symbols.CHARACTERS && !wholePieces && wordsNeverMerge(vocabulary, index);
  }

  /// Whether no token goes on after the end of a word, so that the words of a text can be merged
  /// one by one: the result is the same, and it can be remembered.
  private static boolean wordsNeverMerge(Vocabulary vocabulary, TokenIndex index) {
    byte[] mark = Character.toString(Vocabulary.SPACE_MARK).getBytes(UTF_8);
    if (index.find(mark, 0, mark.length) < 0) {
      return false;
    }
    byte[] pool = vocabulary.pool();
    for (int id = 0; id < vocabulary.size(); id++) {
      int end = vocabulary.end(id);
      if (vocabulary.type(id).isOrdinary() && nextWord(pool, vocabulary.start(id), end) < end) {
        return false;
      }
    }
    return true;
  }

  /// Where the next space mark after something else begins.
  private static int nextWord(byte[] text, int from, int to) {
    boolean inWord = false;
    for (int i = from; i < to; i++) {
      if (Vocabulary.isSpaceMark(text, i, to)) {
        if (inWord) {
          return i;
        }
        i += 2;
      } else {
        inWord = true;
      }
    }
    return to;
  }

  /// Appends the tokens of a piece.
  void encode(byte[] text, int from, int to, SymbolMerger merger, IdList ids) {
    int start = from;
    while (start < to) {
      int end = cutsBeforeSpaces ? nextWord(text, start, to) : to;
      encodeWord(text, start, end, merger, ids);
      start = end;
    }
  }

  private void encodeWord(byte[] text, int from, int to, SymbolMerger merger, IdList ids) {
    if (!PieceCache.admits(to - from)) {
      mergeWord(text, from, to, merger, ids);
      return;
    }
    int hash = TokenIndex.hash(text, from, to);
    int @Nullable [] known = cache.find(text, from, to, hash);
    if (known != null) {
      ids.addAll(known);
      return;
    }
    int before = ids.size();
    mergeWord(text, from, to, merger, ids);
    cache.remember(text, from, to, hash, ids.from(before));
  }

  private void mergeWord(byte[] text, int from, int to, SymbolMerger merger, IdList ids) {
    if (wholePieces) {
      int whole = ordinary(index.find(text, from, to));
      if (whole >= 0) {
        ids.add(whole);
        return;
      }
    }
    merger.clear();
    addSymbols(text, from, to, merger);
    merger.merge(rule, text);
    int before = ids.size();
    for (int symbol = merger.first(); symbol >= 0; symbol = merger.next(symbol)) {
      if (merger.id(symbol) >= 0) {
        ids.add(merger.id(symbol));
      } else {
        fallback.append(text, merger.start(symbol), merger.end(symbol), before, ids);
      }
    }
  }

  private void addSymbols(byte[] text, int from, int to, SymbolMerger merger) {
    int start = from;
    while (start < to) {
      int end =
          symbols == Symbols.BYTES ? start + 1 : Math.min(start + utf8Length(text[start]), to);
      int id = ordinary(index.find(text, start, end));
      if (id >= 0 || !fallback.drops(text, start, end)) {
        merger.add(start, end, id);
      }
      start = end;
    }
  }

  private static int utf8Length(byte lead) {
    int octet = lead & 0xFF;
    return octet < 0xC0 ? 1 : octet < 0xE0 ? 2 : octet < 0xF0 ? 3 : 4;
  }

  private int ordinary(int id) {
    return id >= 0 && vocabulary.type(id).isOrdinary() ? id : -1;
  }
}
