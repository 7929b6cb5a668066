package dev.tern.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Writes a file that takes its name when it is complete and on the disk, so that nobody ever finds
/// a part of it there, whatever ends the program meanwhile.
///
/// Safe for use by many threads; of two that write the same file, the last one's stays.
public final class WholeFile {
  private WholeFile() {}

  /// What goes into a file.
  @FunctionalInterface
  public interface Content {
    /// Writes all of it.
    ///
    /// @param channel of an empty file
    /// @throws IOException if writing fails
    void writeTo(FileChannel channel) throws IOException;
  }

  /// Writes a file, and replaces one that is there.
  ///
  /// @param path its name
  /// @param content what is written, beside the name at first: `.NAME.MARK.partial`
  /// @throws IOException if writing fails; the unfinished file is deleted
  public static void write(Path path, Content content) throws IOException {
    Path target = path.toAbsolutePath();
    Path directory = target.getParent();
    if (directory == null) {
      throw new IOException(path + " is not a file name");
    }
    Path partial = Files.createFile(partial(directory, target));
    try {
      try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
        channel.force(true);
      }
      move(partial, target);
    } finally {
      Files.deleteIfExists(partial);
    }
  }

  /// A file beside the target, which becomes readable for whom other files here are: a temporary
  /// file of the JDK would be the writer's alone.
  private static Path partial(Path directory, Path target) {
    String mark = Long.toHexString(System.nanoTime());
    return directory.resolve(".%s.%s.partial".formatted(target.getFileName(), mark));
  }

  private static void move(Path from, Path to) throws IOException {
    try {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException notHere) {
      Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
