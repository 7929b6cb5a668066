package dev.tern.grammar;

import dev.tern.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/// The tokens of a vocabulary that add text, by their bytes: a tree whose nodes lie in one row,
/// each before those below it, so that walking it is going on or skipping.
///
/// Immutable and safe for use by many threads.
final class TokenTrie {
  /// A walk notes for whole subtrees which kinds of bytes are in them; 64 kinds fit a number.
  static final int KINDS = 64;

  private final int vocabularySize;
  private final int[] ids;

  /// For each node: the byte that leads to it, how deep it lies, the node behind its subtree, the
  /// first of its tokens among the ids, and the kinds of the bytes below it.
  private final byte[] octets;

  private final int[] depths;
  private final int[] behind;
  private final int[] firstToken;
  private final long[] kindsBelow;
  private final int size;
  private final int depth;
  private final int[] ends;

  /// Reads a vocabulary. Tokens that end a text are kept apart; tokens without text are none.
  TokenTrie(Tokenizer tokenizer) {
    vocabularySize = tokenizer.vocabularySize();
    byte[][] texts = new byte[vocabularySize][];
    for (int id = 0; id < vocabularySize; id++) {
      boolean isText = !tokenizer.isEndOfGeneration(id) && !tokenizer.isControl(id);
      texts[id] = isText ? tokenizer.bytes(id) : new byte[0];
    }
    ends = IntStream.range(0, vocabularySize).filter(tokenizer::isEndOfGeneration).toArray();
    Comparator<byte[]> byBytes = Arrays::compareUnsigned;
    ids =
        IntStream.range(0, vocabularySize)
            .filter(id -> texts[id].length > 0)
            .boxed()
            .sorted(Comparator.comparing(id -> texts[id], byBytes))
            .mapToInt(Integer::intValue)
            .toArray();
    int nodes = 0;
    int deepest = 0;
    byte[] before = new byte[0];
    for (int id : ids) {
      nodes += texts[id].length - common(before, texts[id]);
      deepest = Math.max(deepest, texts[id].length);
      before = texts[id];
    }
    size = nodes;
    depth = deepest;
    octets = new byte[size];
    depths = new int[size];
    behind = new int[size];
    firstToken = new int[size + 1];
    kindsBelow = new long[size];
    fill(texts);
  }

  private static int common(byte[] first, byte[] second) {
    int mismatch = Arrays.mismatch(first, second);
    return mismatch < 0 ? first.length : mismatch;
  }

  private void fill(byte[][] texts) {
    int[] path = new int[depth + 1];
    byte[] before = new byte[0];
    int node = 0;
    for (int i = 0; i < ids.length; i++) {
      byte[] text = texts[ids[i]];
      int shared = common(before, text);
      close(path, shared, before.length, node);
      for (int at = shared; at < text.length; at++) {
        octets[node] = text[at];
        depths[node] = at;
        firstToken[node] = i;
        path[at] = node++;
      }
      before = text;
    }
    close(path, 0, before.length, node);
    firstToken[size] = ids.length;
  }

  /// Nodes that nothing more comes under, deepest first.
  private void close(int[] path, int from, int to, int end) {
    for (int at = to - 1; at >= from; at--) {
      int node = path[at];
      behind[node] = end;
      if (at > 0) {
        kindsBelow[path[at - 1]] |= kindsBelow[node] | kind(octets[node] & 0xFF);
      }
    }
  }

  /// The kind of a byte, as a bit: letters and digits are three, each mark of ASCII is one of its
  /// own, so that what strings of most formats are made of can be told from what ends them.
  static long kind(int octet) {
    if (octet >= 0x80) {
      return octet < 0xC0 ? 1L : 2L;
    }
    if (Character.isDigit(octet)) {
      return 4L;
    }
    if (Character.isLetter(octet)) {
      return Character.isUpperCase(octet) ? 8L : 16L;
    }
    return octet < ' ' ? 32L : 1L << (6 + markIndex(octet));
  }

  private static int markIndex(int octet) {
    int digits = octet > '9' ? 10 : 0;
    int upper = octet > 'Z' ? 26 : 0;
    int lower = octet > 'z' ? 26 : 0;
    return octet - ' ' - digits - upper - lower;
  }

  /// A token that begins with a byte, or -1.
  int firstWith(int octet) {
    for (int node = 0; node < size; node = behind[node]) {
      if (octet(node) == octet) {
        return ids[firstToken[node]];
      }
    }
    return -1;
  }

  int vocabularySize() {
    return vocabularySize;
  }

  int size() {
    return size;
  }

  /// The number of bytes of the longest token.
  int depth() {
    return depth;
  }

  int octet(int node) {
    return octets[node] & 0xFF;
  }

  /// 0 for the first byte of a token.
  int depth(int node) {
    return depths[node];
  }

  /// The next node that does not lie below this one.
  int behind(int node) {
    return behind[node];
  }

  /// Where the tokens of this node and all below begin; those of the node itself end where the next
  /// node's begin, those of all below where those of the node behind them do.
  int firstToken(int node) {
    return firstToken[node];
  }

  /// A token by its place in the order of bytes.
  int id(int place) {
    return ids[place];
  }

  /// The kinds of all bytes below a node, as bits.
  long kindsBelow(int node) {
    return kindsBelow[node];
  }

  /// The tokens that end a text.
  int[] ends() {
    return ends.clone();
  }
}
