package dev.tern.train.data;

import dev.tern.train.config.CorpusSettings;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The files of a corpus, and how to read them.
final class CorpusFiles {
  private CorpusFiles() {}

  /// The files, in the order of their names; those whose names begin with a dot are hidden.
  ///
  /// @throws DataException if there is none
  static List<Path> of(CorpusSettings corpus) throws IOException {
    Path path = corpus.path();
    if (Files.isRegularFile(path)) {
      return List.of(path);
    }
    if (!Files.isDirectory(path)) {
      throw new DataException(
          "%s: there is no such file or folder of training text".formatted(path));
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> files =
          entries
              .filter(file -> Files.isRegularFile(file))
              .filter(file -> !file.getFileName().toString().startsWith("."))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new DataException(
            "%s: there is no file in this folder; folders inside it are not looked into"
                .formatted(path));
      }
      return files;
    }
  }

  /// Reads a file's documents.
  ///
  /// @param stream the file; not closed
  static void read(CorpusSettings corpus, Path file, InputStream stream, Part.Sink sink)
      throws IOException {
    switch (corpus.format()) {
      case TEXT -> new TextReader(file, corpus.separator(), sink).read(stream);
      case JSON_LINES -> new JsonLinesReader(file, false, sink).read(stream);
      case CHAT -> new JsonLinesReader(file, true, sink).read(stream);
    }
  }

  /// Opens a file in a way that says how far it has been read.
  static InputStream open(Path file, String activity, ProgressListener listener)
      throws IOException {
    return new CountedInputStream(
        new BufferedInputStream(Files.newInputStream(file)), activity, Files.size(file), listener);
  }
}
