package dev.tern.train.data;

import dev.tern.ModelFormatException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/// The tokens of one file of text, in mapped memory.
///
/// Layout, little-endian: a header of 80 bytes; the tokens, of 2 or 4 bytes; from the next multiple
/// of 8 a bit for each token that says whether it is learnt, only where not all are; from the next
/// multiple of 8 a record of 32 bytes for each document.
///
/// | at | bytes | header |
/// |---|---|---|
/// | 0 | 8 | `TERNTOK1` |
/// | 8 | 4 | bytes of a token, 2 or 4 |
/// | 12 | 4 | 1 if there are bits, else 0 |
/// | 16 | 8 | documents |
/// | 24 | 8 | tokens |
/// | 32 | 8 | where the bits begin |
/// | 40 | 8 | where the records begin |
/// | 48 | 32 | the key: a digest of what decides the tokens |
///
/// | at | bytes | record of a document |
/// |---|---|---|
/// | 0 | 8 | its first token |
/// | 8 | 8 | a hash of its content |
/// | 16 | 8 | bytes of text that are learnt |
/// | 24 | 8 | tokens that are learnt, its first not counted |
///
/// Immutable; safe for use by many threads and processes.
final class Shard {
  static final byte[] MAGIC = {'T', 'E', 'R', 'N', 'T', 'O', 'K', '1'};
  static final int HEADER_BYTES = 80;
  static final int KEY_AT = 48;
  static final int RECORD_BYTES = 32;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final MemorySegment file;
  private final int width;
  private final boolean hasBits;
  private final long documents;
  private final long tokens;
  private final long bitsAt;
  private final long recordsAt;

  private Shard(Path path, MemorySegment file) {
    this.path = path;
    this.file = file;
    width = file.get(INT, 8);
    hasBits = file.get(INT, 12) == 1;
    documents = file.get(LONG, 16);
    tokens = file.get(LONG, 24);
    bitsAt = file.get(LONG, 32);
    recordsAt = file.get(LONG, 40);
  }

  /// Opens a file, unless there is none, or one that is not whole or not of the key.
  static Optional<Shard> open(Path path, byte[] key, Arena arena) throws IOException {
    if (!Files.isRegularFile(path) || Files.size(path) < HEADER_BYTES) {
      return Optional.empty();
    }
    try (FileChannel channel = FileChannel.open(path)) {
      MemorySegment file = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      byte[] magic = file.asSlice(0, MAGIC.length).toArray(ValueLayout.JAVA_BYTE);
      byte[] ownKey = file.asSlice(KEY_AT, key.length).toArray(ValueLayout.JAVA_BYTE);
      Shard shard = new Shard(path, file);
      boolean good =
          Arrays.equals(magic, MAGIC) && Arrays.equals(ownKey, key) && shard.isConsistent();
      return good ? Optional.of(shard) : Optional.empty();
    }
  }

  private boolean isConsistent() {
    if ((width != Short.BYTES && width != Integer.BYTES) || documents < 0 || tokens < 0) {
      return false;
    }
    if (file.get(INT, 12) != (hasBits ? 1 : 0)) {
      return false;
    }
    long limit = file.byteSize();
    if (tokens > limit || documents > limit) {
      return false;
    }
    long bits = aligned(HEADER_BYTES + tokens * width);
    long records = hasBits ? aligned(bits + (tokens + 7) / 8) : bits;
    return bits == bitsAt && records == recordsAt && records + documents * RECORD_BYTES == limit;
  }

  static long aligned(long position) {
    return (position + 7) / 8 * 8;
  }

  long documents() {
    return documents;
  }

  long tokens() {
    return tokens;
  }

  private long record(long document, int at) {
    return file.get(LONG, recordsAt + document * RECORD_BYTES + at);
  }

  long start(long document) {
    return record(document, 0);
  }

  int length(long document) {
    long end = document + 1 < documents ? start(document + 1) : tokens;
    long length = end - start(document);
    if (length <= 0 || start(document) < 0 || end > tokens || length > Integer.MAX_VALUE) {
      throw damaged();
    }
    return (int) length;
  }

  long contentHash(long document) {
    return record(document, 8);
  }

  long learntBytes(long document) {
    return record(document, 16);
  }

  long learntTokens(long document) {
    return record(document, 24);
  }

  /// Copies tokens.
  ///
  /// @param vocabulary all ids must be below it
  void read(long from, int count, int[] target, int at, int vocabulary) {
    for (int i = 0; i < count; i++) {
      long place = HEADER_BYTES + (from + i) * width;
      int id =
          width == Short.BYTES ? Short.toUnsignedInt(file.get(SHORT, place)) : file.get(INT, place);
      if (id < 0 || id >= vocabulary) {
        throw damaged();
      }
      target[at + i] = id;
    }
  }

  /// Whether a token is predicted in training.
  boolean isLearnt(long token) {
    return !hasBits
        || (file.get(ValueLayout.JAVA_BYTE, bitsAt + token / 8) >> (token % 8) & 1) != 0;
  }

  private ModelFormatException damaged() {
    return new ModelFormatException(
        "%s: this file of tokens is damaged; delete it, and it is made anew from the text"
            .formatted(path));
  }
}
