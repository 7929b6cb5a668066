package dev.tern.train.data;

import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.DataSettings;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;

/// The text that a model learns from and is measured with, as tokens in mapped files.
///
/// The files are tokenized once, each into a file in a cache folder, and found there by the next
/// run and by other processes; a file that has changed is tokenized anew. What is kept back for
/// validation, how often a corpus is repeated and the order are decided when the tokens are read,
/// so changing those costs nothing.
///
/// A document begins with the tokenizer's beginning-of-text token, where prompts do, and ends with
/// its end-of-text token; where there is none, with nothing. Conversations end with the end of
/// their last answer's turn.
///
/// ```java
/// try (TrainingData data =
///     TrainingData.prepare(settings, tokenizer, Optional.empty(), cache, 42, ProgressListener.NONE)) {
///   Batches batches = data.training(8, 256);
///   TokenBatch first = batches.batch(0);
/// }
/// ```
///
/// Immutable; safe for use by many threads, each with [Batches] of its own.
public final class TrainingData implements AutoCloseable {
  private final Arena arena;
  private final Side training;
  private final Side validation;
  private final boolean isolated;
  private final long seed;

  private TrainingData(Arena arena, Side training, Side validation, boolean isolated, long seed) {
    this.arena = arena;
    this.training = training;
    this.validation = validation;
    this.isolated = isolated;
    this.seed = seed;
  }

  /// Tokenizes what is not tokenized yet.
  ///
  /// @param settings which text
  /// @param tokenizer of the model
  /// @param chat how conversations are written; needed where there are any
  /// @param cache a folder for the tokens, made if it is not there
  /// @param seed of the order, and of what is left out where a corpus is repeated less than once
  /// @param listener is told how far reading has come
  /// @return the data, to be closed when it is no longer read
  /// @throws DataException if a file is missing or is not what the settings say
  /// @throws IOException if a file cannot be read, or the tokens cannot be written
  /// @throws ConfigException if nothing is left to learn from or to be measured with
  /// @throws dev.tern.UnsupportedModelException if the tokenizer has no token to tell documents
  ///   apart with
  public static TrainingData prepare(
      DataSettings settings,
      Tokenizer tokenizer,
      Optional<ChatTemplate> chat,
      Path cache,
      long seed,
      ProgressListener listener)
      throws IOException {
    requireApart(settings);
    ShardCache shards = new ShardCache(cache, tokenizer, chat, listener);
    Arena arena = Arena.ofShared();
    try {
      TrainingData data = shards.alone(() -> select(settings, tokenizer, shards, seed, arena));
      data.requireText(settings);
      return data;
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  private static TrainingData select(
      DataSettings settings, Tokenizer tokenizer, ShardCache shards, long seed, Arena arena)
      throws IOException {
    int vocabulary = tokenizer.vocabularySize();
    boolean isolated = settings.isolateDocuments();
    double kept = settings.validation().isEmpty() ? settings.validationShare() : 0;
    SideBuilder training = new SideBuilder(vocabulary, isolated, seed);
    SideBuilder validation = new SideBuilder(vocabulary, isolated, seed);
    for (CorpusSettings corpus : settings.train()) {
      for (Path file : CorpusFiles.of(corpus)) {
        Shard shard = shards.shard(corpus, file, arena);
        training.add(shard, corpus.repeat(), hash -> !isKept(hash, kept));
        validation.add(shard, 1, hash -> isKept(hash, kept));
      }
    }
    for (CorpusSettings corpus : settings.validation()) {
      for (Path file : CorpusFiles.of(corpus)) {
        validation.add(shards.shard(corpus, file, arena), 1, hash -> true);
      }
    }
    return new TrainingData(arena, training.build(), validation.build(), isolated, seed);
  }

  /// By its content, so that neither other documents nor its place decide where a document goes,
  /// and copies of it go there too.
  private static boolean isKept(long contentHash, double share) {
    return Mix.unit(contentHash) < share;
  }

  private static void requireApart(DataSettings settings) throws IOException {
    for (CorpusSettings measured : settings.validation()) {
      for (Path file : CorpusFiles.of(measured)) {
        for (CorpusSettings learnt : settings.train()) {
          if (CorpusFiles.of(learnt).stream().anyMatch(other -> real(other).equals(real(file)))) {
            throw new ConfigException(
                "data.validation: %s is also in data.train; a model must not be measured with what it has learnt"
                    .formatted(file));
          }
        }
      }
    }
  }

  private static Path real(Path file) {
    return file.toAbsolutePath().normalize();
  }

  private void requireText(DataSettings settings) {
    if (training.counts().predictions() == 0) {
      throw new ConfigException(
          "data.train: the files have %d documents, and none of them is left to learn from"
              .formatted(training.counts().documents() + validation.counts().documents()));
    }
    boolean wanted = !settings.validation().isEmpty() || settings.validationShare() > 0;
    if (wanted && validation.counts().predictions() == 0) {
      throw new ConfigException(
          settings.validation().isEmpty()
              ? "data.validation_share: %s of %d documents keeps none back; name files in data.validation, say what separates documents, keep more back, or write 0"
                  .formatted(settings.validationShare(), training.counts().documents())
              : "data.validation: there is no text in these files");
    }
  }

  /// {@return batches to learn from}
  ///
  /// Every token is predicted once a pass, but for the first of the pass, those behind its last
  /// whole sequence, and where documents are isolated the first of each document.
  ///
  /// @param sequences of a batch
  /// @param length tokens of a sequence
  /// @throws IllegalArgumentException if a number is less than 1, or the text is shorter than one
  ///   sequence
  public Batches training(int sequences, int length) {
    requirePositive(sequences, length);
    return new ShuffledBatches(
        training.corpus(), training.documents(), isolated, seed, sequences, length);
  }

  /// {@return batches to measure with, the same in every pass: every token is predicted once, but
  /// for the first of all and where documents are isolated the first of each; the last batch is
  /// filled up with inputs whose targets are ignored}
  ///
  /// @param sequences of a batch
  /// @param length tokens of a sequence
  /// @throws IllegalArgumentException if a number is less than 1
  /// @throws IllegalStateException if there is nothing to measure with
  public Batches validation(int sequences, int length) {
    requirePositive(sequences, length);
    if (!hasValidation()) {
      throw new IllegalStateException("no text is kept for validation");
    }
    return new OrderedBatches(
        new PackedDocuments(validation.corpus(), validation.documents(), isolated),
        sequences,
        length);
  }

  private static void requirePositive(int sequences, int length) {
    if (sequences < 1 || length < 1) {
      throw new IllegalArgumentException(
          "%d sequences of %d tokens; both must be at least 1".formatted(sequences, length));
    }
  }

  /// {@return whether there is text to measure with}
  public boolean hasValidation() {
    return validation.counts().documents() > 0;
  }

  /// {@return how much text is learnt in one pass, repeats included}
  public TokenCounts trainingCounts() {
    return training.counts();
  }

  /// {@return how much text is measured with}
  public TokenCounts validationCounts() {
    return validation.counts();
  }

  /// Releases the mapped files; batches that were made can no longer be read.
  @Override
  public void close() {
    arena.close();
  }
}
