package dev.tern.train.run;

import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.checkpoint.CheckpointException;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.TokenizerSettings;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.data.ProgressListener;
import dev.tern.train.data.TextDocuments;
import dev.tern.train.vocabulary.LearntVocabulary;
import dev.tern.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The tokenizer of a run.
///
/// @param folder with its files
/// @param tokenizer itself
record RunTokenizer(Path folder, Tokenizer tokenizer) {
  /// Reads the tokenizer, or learns it where the run has none yet.
  ///
  /// @param start whether the run goes on, with the tokenizer that it has
  /// @throws CheckpointException if the run goes on and its tokenizer is gone
  static RunTokenizer prepare(TrainingConfig config, Start start, ProgressListener listener)
      throws IOException {
    Path folder =
        switch (config.tokenizer()) {
          case TokenizerSettings.Existing(Path path) -> requireFolder(path);
          case TokenizerSettings.Learnt learnt -> learn(config, learnt, start, listener);
        };
    return new RunTokenizer(folder, Tokenizers.load(folder));
  }

  private static Path requireFolder(Path path) {
    if (!Files.isDirectory(path)) {
      throw new ConfigException(
          "tokenizer.path: %s is no folder; name the one with tokenizer.json or tokenizer.model, whose files go with the trained model"
              .formatted(path));
    }
    return path;
  }

  private static Path learn(
      TrainingConfig config,
      TokenizerSettings.Learnt learnt,
      Start start,
      ProgressListener listener)
      throws IOException {
    Path folder = new RunFolder(config.output()).tokenizer();
    if (Files.isDirectory(folder)) {
      int size = Tokenizers.load(folder).vocabularySize();
      if (size != learnt.size()) {
        throw new ConfigException(
            "tokenizer.size: %d, but %s holds a tokenizer of %d tokens that this run has learnt before; delete it and restart the run, or write %d"
                .formatted(learnt.size(), folder, size, size));
      }
      return folder;
    }
    if (start == Start.RESUME) {
      throw new CheckpointException(
          "%s: the tokenizer of this run is gone, and one that is learnt now need not have the same tokens; put it back, or begin again with --restart"
              .formatted(folder));
    }
    write(
        VocabularyTrainer.learn(
            learnt, sink -> TextDocuments.read(config.data().train(), listener, sink), listener),
        folder);
    return folder;
  }

  /// Under its own name the folder is there as a whole or not at all.
  private static void write(LearntVocabulary vocabulary, Path folder) throws IOException {
    Path partial = folder.resolveSibling(folder.getFileName() + ".partial");
    // Of a process that ended while it was writing.
    Folders.delete(partial);
    vocabulary.write(partial);
    Files.move(partial, folder, StandardCopyOption.ATOMIC_MOVE);
  }
}
