package dev.tern.train.run;

import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.TokenizerSettings;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.data.ProgressListener;
import dev.tern.train.data.TextDocuments;
import dev.tern.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The tokenizer of a run.
///
/// @param folder with its files
/// @param tokenizer itself
record RunTokenizer(Path folder, Tokenizer tokenizer) {
  /// Reads the tokenizer, or learns it where the run has none yet.
  static RunTokenizer prepare(TrainingConfig config, ProgressListener listener) throws IOException {
    Path folder =
        switch (config.tokenizer()) {
          case TokenizerSettings.Existing(Path path) -> requireFolder(path);
          case TokenizerSettings.Learnt learnt -> learn(config, learnt, listener);
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
      TrainingConfig config, TokenizerSettings.Learnt learnt, ProgressListener listener)
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
    VocabularyTrainer.learn(
            learnt, sink -> TextDocuments.read(config.data().train(), listener, sink), listener)
        .write(folder);
    return folder;
  }
}
