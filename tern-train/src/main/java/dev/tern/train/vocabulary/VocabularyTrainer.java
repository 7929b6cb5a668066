package dev.tern.train.vocabulary;

import dev.tern.train.config.ConfigException;
import dev.tern.train.config.TokenizerSettings.Kind;
import dev.tern.train.config.TokenizerSettings.Learnt;
import dev.tern.train.data.ProgressListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Learns vocabularies by byte pair encoding.
///
/// The result depends on the text and the settings alone. Of pairs that are equally frequent the
/// one with the lower left token, then the one with the lower right token is merged first, in the
/// order: the alphabet, then what was learnt. Memory is bounded: of different words two million are
/// remembered, the rarest being forgotten where there are more.
///
/// ```java
/// LearntVocabulary vocabulary =
///     VocabularyTrainer.learn(
///         new Learnt(Kind.BYTE_LEVEL, 4096),
///         sink -> TextDocuments.read(corpora, listener, sink),
///         listener);
/// vocabulary.write(folder);
/// ```
public final class VocabularyTrainer {
  private static final int MOST_WORDS = 2_000_000;
  private static final int BYTES = 256;
  private static final int PROGRESS_INTERVAL = 64;

  private VocabularyTrainer() {}

  /// Text to learn from.
  @FunctionalInterface
  public interface Text {
    /// Hands all of it on, once.
    ///
    /// @param sink takes documents, or parts of them that begin with lines or words
    /// @throws IOException if it cannot be read
    void readInto(Consumer<String> sink) throws IOException;
  }

  /// Learns a vocabulary.
  ///
  /// @param settings kind, size and special tokens
  /// @param text to learn from
  /// @param listener is told how many tokens there are
  /// @return a vocabulary of exactly the size
  /// @throws ConfigException if there is too little text for that many tokens
  /// @throws IOException if the text cannot be read
  public static LearntVocabulary learn(Learnt settings, Text text, ProgressListener listener)
      throws IOException {
    Learning learning =
        switch (settings.kind()) {
          case BYTE_LEVEL -> new ByteLevelLearning();
          case SENTENCE_PIECE -> new SentencePieceLearning();
        };
    PieceCounts counts = new PieceCounts(MOST_WORDS);
    text.readInto(passage -> learning.cut(passage, counts::add));
    List<String> marks = new ArrayList<>(settings.kind().ownMarks());
    marks.addAll(settings.marks());
    int others = marks.size() + (settings.kind() == Kind.SENTENCE_PIECE ? BYTES : 0);
    int room = settings.size() - others;
    Learning.Prepared prepared = learning.prepare(counts.sorted(), room, reserved(settings, marks));
    List<String> tokens =
        prepared
            .learner()
            .learn(
                room,
                count -> {
                  if (count % PROGRESS_INTERVAL == 0 || count == room) {
                    listener.advanced("learning tokens", others + count, settings.size());
                  }
                });
    if (tokens.size() < room) {
      throw new ConfigException(
          "tokenizer.size: in this text there is something to learn for %d tokens, not for %d; choose a smaller vocabulary, or give it more text"
              .formatted(others + tokens.size(), settings.size()));
    }
    return new LearntVocabulary(
        settings.kind(),
        settings.size(),
        settings.kind() == Kind.BYTE_LEVEL
            ? ByteLevelFiles.of(tokens, prepared.learner().merges(), marks)
            : SentencePieceFiles.of(tokens, prepared.alphabetSize(), marks));
  }

  /// Texts that are the names of other tokens.
  private static Set<String> reserved(Learnt settings, List<String> marks) {
    Set<String> reserved = new HashSet<>(marks);
    if (settings.kind() == Kind.SENTENCE_PIECE) {
      for (int octet = 0; octet < BYTES; octet++) {
        reserved.add("<0x%02X>".formatted(octet));
        reserved.add("<0x%02x>".formatted(octet));
      }
    }
    return reserved;
  }
}
