package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import java.util.Arrays;
import java.util.List;

/// Turns merges as files spell them into a [MergeTable].
final class MergeReader {
  /// The largest published tokenizers have about half a million.
  private static final int MAX_MERGES = 1 << 26;

  private final String source;
  private final Vocabulary vocabulary;
  private final TokenIndex index;
  private final boolean inByteAlphabet;
  private final MergeTable table;
  private byte[] pair = new byte[256];
  private int rank;

  /// Prepares to read some merges.
  ///
  /// @param source what to call their file in messages
  /// @param inByteAlphabet whether they are spelled in [ByteAlphabet]
  /// @param count how many there are
  MergeReader(
      String source, Vocabulary vocabulary, TokenIndex index, boolean inByteAlphabet, int count) {
    this.source = source;
    this.vocabulary = vocabulary;
    this.index = index;
    this.inByteAlphabet = inByteAlphabet;
    if (count > MAX_MERGES) {
      throw new ModelFormatException(
          "%s: %d merges; there can be %d at most".formatted(source, count, MAX_MERGES));
    }
    table = new MergeTable(count);
  }

  /// Reads merges that are spelled `left right`, the earliest first.
  MergeTable readAll(List<byte[]> merges) {
    for (byte[] merge : merges) {
      readSpaced(merge);
    }
    return table;
  }

  MergeTable table() {
    return table;
  }

  /// Reads the next merge, spelled `left right`.
  void readSpaced(byte[] merge) {
    // A token may itself be a space, but none is empty.
    int space = 1;
    while (space < merge.length && merge[space] != ' ') {
      space++;
    }
    if (space >= merge.length - 1) {
      throw new ModelFormatException(
          "%s: merge %d should be two tokens with a space between, but is '%s'"
              .formatted(source, rank, new String(merge, UTF_8)));
    }
    read(merge, 0, space, merge, space + 1, merge.length);
  }

  /// Reads the next merge, spelled as two texts in UTF-8, one after the other.
  ///
  /// @param middle where the right one begins
  void readPair(byte[] texts, int middle, int end) {
    read(texts, 0, middle, texts, middle, end);
  }

  private void read(
      byte[] left, int leftFrom, int leftTo, byte[] right, int rightFrom, int rightTo) {
    int room = leftTo - leftFrom + rightTo - rightFrom;
    if (pair.length < room) {
      pair = new byte[room];
    }
    int middle = copy(left, leftFrom, leftTo, 0);
    int end = copy(right, rightFrom, rightTo, middle);
    int leftId = find(0, middle);
    int rightId = find(middle, end);
    int result = find(0, end);
    // A merge that involves a control token is left out: ordinary text must not become one.
    if (isOrdinary(leftId) && isOrdinary(rightId) && isOrdinary(result)) {
      table.put(leftId, rightId, rank, result);
    }
    rank++;
  }

  private int copy(byte[] spelled, int from, int to, int position) {
    if (!inByteAlphabet) {
      System.arraycopy(spelled, from, pair, position, to - from);
      return position + to - from;
    }
    int end = ByteAlphabet.read(spelled, from, to, pair, position);
    if (end < 0) {
      throw new ModelFormatException(
          "%s: merge %d names '%s', which is not spelled in the alphabet of byte-level tokens"
              .formatted(source, rank, new String(spelled, from, to - from, UTF_8)));
    }
    return end;
  }

  private int find(int from, int to) {
    int id = index.find(pair, from, to);
    if (id < 0) {
      byte[] missing = Arrays.copyOfRange(pair, from, to);
      throw new ModelFormatException(
          "%s: merge %d names the token '%s', which the vocabulary does not have"
              .formatted(
                  source,
                  rank,
                  inByteAlphabet ? ByteAlphabet.spell(missing) : new String(missing, UTF_8)));
    }
    return id;
  }

  private boolean isOrdinary(int id) {
    return vocabulary.type(id).isOrdinary();
  }
}
