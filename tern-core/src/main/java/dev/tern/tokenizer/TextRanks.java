package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import java.util.Arrays;

/// Merges that follow from the vocabulary: two neighbours merge if together they spell a token, and
/// the token with the better score goes first.
final class TextRanks implements PairRule {
  private final TokenIndex index;

  /// The rank of each token, -1 if nothing merges into it.
  private final int[] ranks;

  private TextRanks(TokenIndex index, int[] ranks) {
    this.index = index;
    this.ranks = ranks;
  }

  /// A higher score is earlier; equal scores are equally early.
  ///
  /// @param source what to call the file in messages
  /// @param scores one for each token
  static TextRanks byScore(String source, Vocabulary vocabulary, TokenIndex index, float[] scores) {
    float[] worstLast = new float[scores.length];
    for (int id = 0; id < scores.length; id++) {
      if (Float.isNaN(scores[id])) {
        throw new ModelFormatException("%s: the score of token %d is NaN".formatted(source, id));
      }
      worstLast[id] = order(scores[id]);
    }
    Arrays.sort(worstLast);
    int distinct = 0;
    for (float score : worstLast) {
      if (distinct == 0 || score != worstLast[distinct - 1]) {
        worstLast[distinct++] = score;
      }
    }
    int[] ranks = new int[scores.length];
    for (int id = 0; id < scores.length; id++) {
      boolean ordinary = vocabulary.type(id).isOrdinary();
      ranks[id] = ordinary ? Arrays.binarySearch(worstLast, 0, distinct, order(scores[id])) : -1;
    }
    return new TextRanks(index, ranks);
  }

  /// Adding 0 makes a positive zero of a negative one, which sorting would tell apart.
  private static float order(float score) {
    return -score + 0f;
  }

  /// The order of the ids is the order of the merges.
  static TextRanks byId(Vocabulary vocabulary, TokenIndex index) {
    int[] ranks = new int[vocabulary.size()];
    for (int id = 0; id < ranks.length; id++) {
      ranks[id] = vocabulary.type(id).isOrdinary() ? id : -1;
    }
    return new TextRanks(index, ranks);
  }

  @Override
  public long find(int left, int right, byte[] text, int from, int to) {
    int id = index.find(text, from, to);
    return id < 0 || ranks[id] < 0 ? NONE : PairRule.merge(ranks[id], id);
  }
}
