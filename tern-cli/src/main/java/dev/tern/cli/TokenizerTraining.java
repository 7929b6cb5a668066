package dev.tern.cli;

import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.CorpusSettings.Format;
import dev.tern.train.config.TokenizerSettings.Kind;
import dev.tern.train.config.TokenizerSettings.Learnt;
import dev.tern.train.data.ProgressListener;
import dev.tern.train.data.TextDocuments;
import dev.tern.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Learns a vocabulary and shows how far that has come.
///
/// @param streams of the command
/// @param quiet whether to show nothing
record TokenizerTraining(StandardStreams streams, boolean quiet) {
  void learn(
      boolean byteLevel,
      int size,
      List<String> marks,
      List<Path> files,
      Optional<String> separator,
      Path folder)
      throws IOException {
    Kind kind = byteLevel ? Kind.BYTE_LEVEL : Kind.SENTENCE_PIECE;
    Learnt settings = OptionCheck.named("--size", () -> new Learnt(kind, size, marks));
    List<CorpusSettings> corpora = files.stream().map(file -> corpus(file, separator)).toList();
    StatusLine status = new StatusLine(streams);
    ProgressListener progress = quiet ? ProgressListener.NONE : listener(status);
    try {
      VocabularyTrainer.learn(
              settings, sink -> TextDocuments.read(corpora, progress, sink), progress)
          .write(folder);
    } finally {
      status.clear();
    }
  }

  private static ProgressListener listener(StatusLine status) {
    return (what, done, total) ->
        status.show("%s %s".formatted(TrainProgress.bar(done, total), Printable.line(what)));
  }

  private static CorpusSettings corpus(Path file, Optional<String> separator) {
    boolean lines = file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl");
    return OptionCheck.named(
        "--separator",
        () ->
            new CorpusSettings(
                file, lines ? Format.JSON_LINES : Format.TEXT, separator.filter(_ -> !lines), 1));
  }
}
