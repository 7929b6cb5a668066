package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import dev.tern.tokenizer.MergeTable.Merge;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Scores that merge as a list of merges does, where there are such.
///
/// By scores any two neighbours merge that together spell a token, the best token first; by a list
/// only pairs that it names, in its order. The two agree where the list names every pair that
/// spells a token, and pairs of the same token stand together, or among those of tokens with the
/// same score, ordered by their lengths: so it is in lists that were made from a SentencePiece
/// model (Hugging Face transformers, `convert_slow_tokenizer.py`, `generate_merges`), whose scores
/// these are but for their distances. Lists that were learned as such are different.
final class MergeScores {
  private static final int NOWHERE = -1;
  private static final Comparator<Lengths> BY_LENGTHS =
      Comparator.comparingInt(Lengths::left).thenComparingInt(Lengths::right);

  private final String source;
  private final Vocabulary vocabulary;
  private final TokenIndex index;
  private final MergeTable merges;

  /// The characters of two tokens that merge.
  private record Lengths(int left, int right) {}

  MergeScores(String source, Vocabulary vocabulary, TokenIndex index, MergeTable merges) {
    this.source = source;
    this.vocabulary = vocabulary;
    this.index = index;
    this.merges = merges;
  }

  /// {@return a score for each token: minus the place of its merges among those of all tokens, and
  /// for ordinary tokens that nothing merges into a worse one than all those}
  ///
  /// @throws UnsupportedModelException if no scores merge as the list does
  float[] read() {
    List<Merge> list = merges.inOrder();
    int[] lastOf = new int[vocabulary.size()];
    for (int i = 0; i < list.size(); i++) {
      lastOf[list.get(i).result()] = i;
    }
    int[] places = new int[vocabulary.size()];
    Arrays.fill(places, NOWHERE);
    int count = 0;
    for (int begin = 0; begin < list.size(); ) {
      int end = begin;
      for (int i = begin; i <= end; i++) {
        int token = list.get(i).result();
        places[token] = count;
        end = Math.max(end, lastOf[token]);
      }
      requireEqual(list.subList(begin, end + 1));
      begin = end + 1;
      count++;
    }
    return scores(places, count);
  }

  private float[] scores(int[] places, int count) {
    float[] scores = new float[places.length];
    for (int id = 0; id < scores.length; id++) {
      if (vocabulary.type(id) == TokenType.NORMAL) {
        requireAllPairs(id);
        scores[id] = -(places[id] == NOWHERE ? count : places[id]);
      }
    }
    return scores;
  }

  /// Merges of several tokens among each other are in the order that tokens of one score get.
  private void requireEqual(List<Merge> tied) {
    int first = tied.getFirst().result();
    if (tied.stream().allMatch(merge -> merge.result() == first)) {
      return;
    }
    for (int i = 1; i < tied.size(); i++) {
      Merge merge = tied.get(i);
      Merge before = tied.get(i - 1);
      if (BY_LENGTHS.compare(lengths(before), lengths(merge)) < 0) {
        throw refusal(
            "merges into '%s' and '%s' stand among each other in its list"
                .formatted(vocabulary.piece(before.result()), vocabulary.piece(merge.result())));
      }
    }
  }

  private Lengths lengths(Merge merge) {
    return new Lengths(characters(merge.left()), characters(merge.right()));
  }

  private int characters(int id) {
    String text = vocabulary.piece(id);
    return text.codePointCount(0, text.length());
  }

  private void requireAllPairs(int id) {
    byte[] pool = vocabulary.pool();
    int from = vocabulary.start(id);
    int to = vocabulary.end(id);
    for (int middle = nextCharacter(pool, from, to);
        middle < to;
        middle = nextCharacter(pool, middle, to)) {
      boolean canMeet = canBeSymbol(pool, from, middle) && canBeSymbol(pool, middle, to);
      if (canMeet && !isMerged(pool, from, middle, to)) {
        throw refusal(
            "'%s' and '%s' do not merge, though together they spell a token"
                .formatted(text(pool, from, middle), text(pool, middle, to)));
      }
    }
  }

  private boolean isMerged(byte[] pool, int from, int middle, int to) {
    int left = index.find(pool, from, middle);
    int right = index.find(pool, middle, to);
    return merges.find(left, right, pool, from, to) != PairRule.NONE;
  }

  /// Merging begins with characters, whether they are tokens or not.
  private boolean canBeSymbol(byte[] pool, int from, int to) {
    int id = index.find(pool, from, to);
    return nextCharacter(pool, from, to) == to || (id >= 0 && vocabulary.type(id).isOrdinary());
  }

  private static int nextCharacter(byte[] utf8, int at, int to) {
    int next = at + 1;
    while (next < to && (utf8[next] & 0xC0) == 0x80) {
      next++;
    }
    return next;
  }

  private static String text(byte[] pool, int from, int to) {
    return new String(pool, from, to - from, UTF_8);
  }

  private UnsupportedModelException refusal(String why) {
    return new UnsupportedModelException(
        "%s: a GGUF file cannot hold this tokenizer, because it merges by scores, and %s; the folder runs as it is, and a tokenizer.model beside it would be taken instead"
            .formatted(source, why));
  }
}
