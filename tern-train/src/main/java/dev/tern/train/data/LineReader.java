package dev.tern.train.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Cuts a file into lines of bytes, without what ends them.
final class LineReader {
  private static final int MAX_LENGTH = 1 << 28;
  private static final int BLOCK = 1 << 16;

  private final Path file;
  private final InputStream stream;
  private final byte[] block = new byte[BLOCK];
  private int at;
  private int end;
  private long number;

  LineReader(Path file, InputStream stream) {
    this.file = file;
    this.stream = stream;
  }

  /// The number of the line that was read last, from 1.
  long number() {
    return number;
  }

  /// The next line, or null at the end.
  ///
  /// @throws DataException if it is too long to be held
  byte @Nullable [] next() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    number++;
    boolean any = false;
    while (fill()) {
      any = true;
      int start = at;
      while (at < end && block[at] != '\n') {
        at++;
      }
      line.write(block, start, at - start);
      if (line.size() > MAX_LENGTH) {
        throw new DataException(
            "%s, line %d: longer than %d bytes; a document of JSON lines is a line, so cut it into several"
                .formatted(file, number, MAX_LENGTH));
      }
      if (at < end) {
        at++;
        break;
      }
    }
    return any ? line.toByteArray() : null;
  }

  private boolean fill() throws IOException {
    if (at == end) {
      end = Math.max(0, stream.read(block));
      at = 0;
    }
    return at < end;
  }
}
