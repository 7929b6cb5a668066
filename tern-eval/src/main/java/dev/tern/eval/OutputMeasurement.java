package dev.tern.eval;

import dev.tern.GenerationOptions;
import dev.tern.Prediction;
import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongConsumer;

/// Compares the outputs of two models that have one vocabulary: what both expect at every place of
/// some texts, and what both write behind them. Immutable.
///
/// Texts longer than a chunk are cut into chunks, each of which begins anew. The logits of one
/// block of places are in memory at a time.
public final class OutputMeasurement {
  private static final int CHUNK_TOKENS = 512;
  private static final int BLOCK_LOGITS = 1 << 22;

  private final TernModel first;
  private final TernModel second;
  private final int chunkTokens;
  private final int greedyTokens;

  private OutputMeasurement(TernModel first, TernModel second, int greedyTokens) {
    this.first = first;
    this.second = second;
    this.greedyTokens = greedyTokens;
    this.chunkTokens =
        Math.min(
            CHUNK_TOKENS, Math.min(first.info().contextLength(), second.info().contextLength()));
  }

  /// {@return a comparison}
  ///
  /// @param first a model
  /// @param second another
  /// @param greedyTokens how many tokens both write behind each short text, at least 0
  /// @throws IllegalArgumentException if the models have different vocabularies, or the number is
  ///   negative
  public static OutputMeasurement of(TernModel first, TernModel second, int greedyTokens) {
    if (greedyTokens < 0) {
      throw new IllegalArgumentException(
          "the number of tokens to write must be at least 0, not " + greedyTokens);
    }
    requireSameVocabulary(first.tokenizer(), second.tokenizer());
    return new OutputMeasurement(first, second, greedyTokens);
  }

  private static void requireSameVocabulary(Tokenizer one, Tokenizer other) {
    if (one.vocabularySize() != other.vocabularySize()) {
      throw new IllegalArgumentException(
          "the models have different vocabularies, of %d and %d tokens, so their outputs cannot be compared"
              .formatted(one.vocabularySize(), other.vocabularySize()));
    }
    for (int id = 0; id < one.vocabularySize(); id++) {
      if (!Arrays.equals(one.bytes(id), other.bytes(id))
          || !one.piece(id).equals(other.piece(id))) {
        throw new IllegalArgumentException(
            "the models have different vocabularies: token %d is '%s' in one and '%s' in the other, so their outputs cannot be compared"
                .formatted(id, one.piece(id), other.piece(id)));
      }
    }
  }

  /// {@return the short texts that are compared when no others are at hand}
  public static List<String> builtInTexts() {
    return ComparisonTexts.builtIn();
  }

  /// Compares.
  ///
  /// @param texts names of special tokens in them are ordinary text; tokens are those of the first
  ///   model's tokenizer
  /// @param onPositions told on this thread how many places have been compared
  /// @return the result
  /// @throws IllegalArgumentException if no text has a place to compare: one with something before
  ///   it
  public OutputComparison run(List<String> texts, LongConsumer onPositions) {
    OutputDifferences differences = new OutputDifferences();
    List<GreedyComparison> greedy = new ArrayList<>();
    SessionOptions options = SessionOptions.defaults().withContextLength(chunkTokens);
    try (Session one = first.newSession(options);
        Session other = second.newSession(options)) {
      for (String text : texts) {
        int[] plain = first.tokenizer().encode(text, EncodeOptions.TEXT);
        for (int[] chunk : chunks(plain)) {
          compare(one, other, chunk, differences, onPositions);
        }
        int[] prompt = chunks(plain).getFirst();
        int room = chunkTokens - prompt.length;
        if (greedyTokens > 0 && prompt.length > 0 && greedyTokens <= room) {
          greedy.add(new GreedyComparison(text, write(one, prompt), write(other, prompt)));
        }
      }
    }
    if (differences.positions() == 0) {
      throw new IllegalArgumentException("the texts have no place that anything comes before");
    }
    return differences.result(greedy);
  }

  private List<int[]> chunks(int[] plain) {
    int[] lead =
        first.tokenizer().addsBos() ? first.tokenizer().bosId().stream().toArray() : new int[0];
    int step = Math.max(1, chunkTokens - lead.length);
    List<int[]> chunks = new ArrayList<>();
    int start = 0;
    do {
      int end = Math.min(plain.length, start + step);
      int[] chunk = Arrays.copyOf(lead, lead.length + end - start);
      System.arraycopy(plain, start, chunk, lead.length, end - start);
      chunks.add(chunk);
      start = end;
    } while (start < plain.length);
    return chunks;
  }

  private void compare(
      Session one,
      Session other,
      int[] tokens,
      OutputDifferences differences,
      LongConsumer onPositions) {
    int places = Math.max(1, BLOCK_LOGITS / first.tokenizer().vocabularySize());
    for (int from = 1; from <= tokens.length; from += places) {
      int begin = from;
      int to = Math.min(tokens.length + 1, from + places);
      List<Prediction> block = new ArrayList<>();
      one.predict(tokens, from, to, block::add);
      other.predict(
          tokens,
          from,
          to,
          prediction -> differences.add(block.get(prediction.position() - begin), prediction));
      onPositions.accept(differences.positions());
    }
  }

  private List<Integer> write(Session session, int[] prompt) {
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().maxTokens(greedyTokens).build();
    return session.start(prompt, options).finish().tokens();
  }
}
