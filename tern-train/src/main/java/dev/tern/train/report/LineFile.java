package dev.tern.train.report;

import dev.tern.file.WholeFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A file that grows by whole lines, each of which is there when it was appended.
final class LineFile implements AutoCloseable {
  private final BufferedWriter writer;

  private LineFile(BufferedWriter writer) {
    this.writer = writer;
  }

  /// Begins a file anew, with some lines.
  static LineFile begin(Path path, List<String> lines) throws IOException {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
    WholeFile.write(path, channel -> writeAll(channel, bytes.duplicate()));
    return new LineFile(Files.newBufferedWriter(path, StandardOpenOption.APPEND));
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /// Goes on with a file, without some of its lines.
  ///
  /// @param wanted whether a line stays; a last line without an end never does
  static LineFile resume(Path path, Predicate<String> wanted) throws IOException {
    List<String> kept = new ArrayList<>(wholeLines(path));
    kept.removeIf(wanted.negate());
    return begin(path, kept);
  }

  /// {@return the lines of a file that are complete; none if it is not there}
  static List<String> wholeLines(Path path) throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    byte[] bytes = Files.readAllBytes(path);
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    // A process that was killed may have left half a letter, though not before the last line's end.
    try (Stream<String> lines = new String(bytes, 0, end, StandardCharsets.UTF_8).lines()) {
      return lines.toList();
    }
  }

  void append(String line) throws IOException {
    writer.write(line);
    writer.write('\n');
    writer.flush();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
