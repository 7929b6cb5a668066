package dev.tern.convert;

import dev.tern.file.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Checks a place to write to before hours of work go there.
final class Targets {
  private Targets() {}

  static void requireFree(Path target, boolean overwrite) throws IOException {
    Path folder = parent(target);
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    if (Files.isDirectory(target)) {
      throw new IOException(target + " is a folder; give the name of a file");
    }
    if (Files.exists(target) && !overwrite) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "it exists already; --force replaces it");
    }
  }

  static void requireSpace(Path target, long bytes) throws IOException {
    Path folder = parent(target);
    while (Files.notExists(folder)) {
      folder = parent(folder);
    }
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          "%s takes %d bytes, but the disk has room for %d".formatted(target, bytes, free));
    }
  }

  /// Writes a small file that appears when it is complete.
  static void writeWhole(Path target, byte[] bytes) throws IOException {
    WholeFile.write(
        target,
        channel -> {
          ByteBuffer buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  static Path parent(Path target) throws IOException {
    Path folder = target.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw new IOException(target + " is not a file name");
    }
    return folder;
  }
}
