package dev.tern.train.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// What is done with folders as a whole.
final class Folders {
  private Folders() {}

  /// Deletes a folder, if it is there, and all that is in it.
  static void delete(Path folder) throws IOException {
    if (Files.notExists(folder)) {
      return;
    }
    List<Path> below;
    try (Stream<Path> entries = Files.walk(folder)) {
      below = entries.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : below) {
      Files.delete(entry);
    }
  }
}
