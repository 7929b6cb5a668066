package dev.tern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/// The files of a batch.
///
/// @param input the requests
/// @param output where the answers go
/// @param force whether answers that are there are replaced
record BatchFiles(Path input, Path output, boolean force) {
  /// Looks whether the requests can be read, and whether the answers can take their name in the
  /// end.
  ///
  /// @throws IllegalArgumentException if not; the message names the option
  /// @throws IOException if a file cannot be looked at
  void require() throws IOException {
    if (!Files.isRegularFile(input)) {
      throw new IllegalArgumentException("-i: there is no file %s".formatted(input));
    }
    if (!Files.isReadable(input)) {
      throw new IllegalArgumentException("-i: %s may not be read".formatted(input));
    }
    if (Files.exists(output, LinkOption.NOFOLLOW_LINKS)) {
      requireReplaceable();
    }
    Path folder = output.toAbsolutePath().normalize().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new IllegalArgumentException("-o: there is no folder %s".formatted(folder));
    }
    if (!Files.isWritable(folder)) {
      throw new IllegalArgumentException("-o: nothing may be written into %s".formatted(folder));
    }
  }

  private void requireReplaceable() throws IOException {
    if (Files.isDirectory(output)) {
      throw new IllegalArgumentException("-o: %s is a folder; name a file".formatted(output));
    }
    if (Files.isSymbolicLink(output)) {
      throw new IllegalArgumentException(
          "-o: %s is a link, which the answers would take the place of; name the file that it leads to"
              .formatted(output));
    }
    if (!Files.isRegularFile(output)) {
      throw new IllegalArgumentException(
          "-o: %s is no file, and the answers would take its place; name a file".formatted(output));
    }
    if (Files.isSameFile(input, output)) {
      throw new IllegalArgumentException(
          "-o: %s has the requests; take another name".formatted(output));
    }
    if (!force) {
      throw new IllegalArgumentException(
          "-o: %s is there already; take another name, or --force".formatted(output));
    }
  }
}
