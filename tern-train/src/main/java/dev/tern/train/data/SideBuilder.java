package dev.tern.train.data;

import dev.tern.train.config.ConfigException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;

/// Chooses the documents of a side.
final class SideBuilder {
  private final int vocabulary;
  private final boolean isolated;
  private final long seed;
  private final List<Shard> shards = new ArrayList<>();
  private final List<Integer> firsts = new ArrayList<>();
  private int[] documents = new int[1024];
  private int count;
  private long numbered;
  private long tokens;
  private long predictions;
  private long learntBytes;

  /// 1 where nothing stands before the first token of all, which else were predicted.
  private long unpredicted;

  SideBuilder(int vocabulary, boolean isolated, long seed) {
    this.vocabulary = vocabulary;
    this.isolated = isolated;
    this.seed = seed;
  }

  /// Adds documents.
  ///
  /// @param repeat how often each comes; a part of one is a part of the documents, by the seed
  /// @param wanted which, by the hashes of their contents
  void add(Shard shard, double repeat, LongPredicate wanted) {
    shards.add(shard);
    firsts.add((int) numbered);
    for (long document = 0; document < shard.documents(); document++) {
      if (wanted.test(shard.contentHash(document))) {
        addTimes(shard, document, times(shard, document, repeat));
      }
    }
    numbered += shard.documents();
    if (numbered > Integer.MAX_VALUE) {
      throw tooMany();
    }
  }

  private int times(Shard shard, long document, double repeat) {
    int whole = (int) repeat;
    long drawn = Mix.of(Mix.of(seed, shard.contentHash(document)), document);
    return Mix.unit(drawn) < repeat - whole ? whole + 1 : whole;
  }

  private void addTimes(Shard shard, long document, int times) {
    if (times == 0) {
      return;
    }
    for (int i = 0; i < times; i++) {
      if (count == documents.length) {
        if (count > Integer.MAX_VALUE / 2) {
          throw tooMany();
        }
        documents = Arrays.copyOf(documents, 2 * count);
      }
      documents[count++] = (int) (numbered + document);
    }
    // Where documents are not isolated, the first token of each follows from the one before it.
    boolean followsOthers = !isolated && shard.isLearnt(shard.start(document));
    if (followsOthers && count == times) {
      unpredicted = 1;
    }
    tokens += (long) times * shard.length(document);
    predictions += times * (shard.learntTokens(document) + (followsOthers ? 1 : 0));
    learntBytes += times * shard.learntBytes(document);
  }

  private static ConfigException tooMany() {
    return new ConfigException(
        "data: there are more than %d documents; repeat them less, or join short ones"
            .formatted(Integer.MAX_VALUE / 2));
  }

  Side build() {
    return new Side(
        new PackedDocuments.Corpus(List.copyOf(shards), List.copyOf(firsts), vocabulary),
        Arrays.copyOf(documents, count),
        new TokenCounts(count, tokens, predictions - unpredicted, learntBytes));
  }
}
