package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Path;
import java.util.Optional;

/// Reads documents from UTF-8 text, block by block.
///
/// White space around a document is left out, a document of nothing else is none. A byte order mark
/// at the beginning is no text.
final class TextReader {
  private static final int BLOCK = 1 << 16;
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path file;
  private final Optional<String> separator;
  private final PassageCutter cutter;

  /// What has been read and may be the beginning of a separator.
  private final StringBuilder undecided = new StringBuilder();

  /// Bytes before those in the buffer.
  private long consumed;

  private boolean isFirst = true;

  TextReader(Path file, Optional<String> separator, Part.Sink sink) {
    this.file = file;
    this.separator = separator;
    cutter = new PassageCutter(sink, true, PassageCutter.LENGTH);
  }

  /// Reads all documents.
  ///
  /// @throws DataException if it is not text in UTF-8
  void read(InputStream stream) throws IOException {
    CharsetDecoder decoder =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer bytes = ByteBuffer.allocate(BLOCK);
    CharBuffer characters = CharBuffer.allocate(BLOCK);
    boolean ended = false;
    while (!ended) {
      int count = stream.read(bytes.array(), bytes.position(), bytes.remaining());
      ended = count < 0;
      bytes.position(bytes.position() + Math.max(count, 0)).flip();
      CoderResult result = decoder.decode(bytes, characters, ended);
      consumed += bytes.position();
      if (result.isError()) {
        throw new DataException(
            "%s: at byte %d: the byte %02x is not part of a character in UTF-8; convert the file, for example with iconv -t UTF-8"
                .formatted(file, consumed, bytes.get(bytes.position())));
      }
      bytes.compact();
      take(characters.flip());
      characters.clear();
    }
    cutter.append(undecided, 0, undecided.length());
    cutter.endDocument();
  }

  private void take(CharBuffer characters) throws IOException {
    int from = 0;
    if (isFirst && characters.hasRemaining()) {
      from = characters.charAt(0) == BYTE_ORDER_MARK ? 1 : 0;
      isFirst = false;
    }
    refuseNul(characters);
    undecided.append(characters, from, characters.length());
    int start = 0;
    if (separator.isPresent()) {
      String between = separator.get();
      int found = undecided.indexOf(between);
      while (found >= 0) {
        cutter.append(undecided, start, found);
        cutter.endDocument();
        start = found + between.length();
        found = undecided.indexOf(between, start);
      }
      int decided = Math.max(start, undecided.length() - between.length() + 1);
      cutter.append(undecided, start, decided);
      start = decided;
    } else {
      cutter.append(undecided, 0, undecided.length());
      start = undecided.length();
    }
    undecided.delete(0, start);
  }

  private void refuseNul(CharBuffer characters) throws DataException {
    for (int i = 0; i < characters.length(); i++) {
      if (characters.charAt(i) == 0) {
        // The characters end where the consumed bytes do.
        String rest = characters.subSequence(i, characters.length()).toString();
        throw new DataException(
            "%s: at byte %d: a NUL character; this is no text in UTF-8, perhaps UTF-16 or a binary file"
                .formatted(file, consumed - rest.getBytes(UTF_8).length));
      }
    }
  }
}
