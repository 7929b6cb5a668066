package dev.tern.train.data;

import dev.tern.file.WholeFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/// Writes the tokens of one file of text as [Shard] reads them, in bounded memory.
///
/// Bits and records are collected in files of their own, which come behind the tokens in the end.
final class ShardWriter implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final boolean hasBits;
  private final int width;
  private final Sink tokens;
  private final Sink bits;
  private final Sink records;
  private final MessageDigest content = Fingerprint.sha256();
  private long tokenCount;
  private long documentCount;
  private int bitsOfByte;
  private long documentStart;
  private long learntBytes;
  private long learntTokens;

  private ShardWriter(Path path, FileChannel channel, int vocabulary, boolean hasBits)
      throws IOException {
    this.path = path;
    this.channel = channel;
    this.hasBits = hasBits;
    width = vocabulary <= 1 << Short.SIZE ? Short.BYTES : Integer.BYTES;
    channel.position(Shard.HEADER_BYTES);
    tokens = new Sink(channel);
    bits = new Sink(besides(path, "bits"));
    records = new Sink(besides(path, "records"));
  }

  private static FileChannel besides(Path path, String what) throws IOException {
    return FileChannel.open(
        path.resolveSibling(".%s.%s.partial".formatted(path.getFileName(), what)),
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ,
        StandardOpenOption.WRITE,
        StandardOpenOption.DELETE_ON_CLOSE);
  }

  /// What is put into a shard.
  @FunctionalInterface
  interface Content {
    /// Writes all documents.
    ///
    /// @throws IOException if the text cannot be read or the tokens cannot be kept
    void writeTo(ShardWriter writer) throws IOException;
  }

  /// Writes a shard that is there as a whole or not at all.
  ///
  /// @param vocabulary number of the tokenizer's tokens
  /// @param hasBits whether there are tokens that are not learnt
  static void write(Path path, byte[] key, int vocabulary, boolean hasBits, Content content)
      throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    WholeFile.write(
        path,
        channel -> {
          try (ShardWriter writer = new ShardWriter(path, channel, vocabulary, hasBits)) {
            content.writeTo(writer);
            writer.finish(key);
          }
        });
  }

  /// Appends a part; parts of a document follow each other.
  void add(EncodedPart part) throws IOException {
    if (part.opens()) {
      documentStart = tokenCount;
      learntBytes = 0;
      learntTokens = 0;
    }
    for (EncodedPart.Run run : part.runs()) {
      for (int id : run.ids()) {
        add(id, run.learnt());
      }
    }
    content.update(part.content());
    learntBytes += part.learntBytes();
    if (part.closes()) {
      endDocument();
    }
  }

  private void add(int id, boolean learnt) throws IOException {
    ByteBuffer buffer = tokens.room(width);
    if (width == Short.BYTES) {
      buffer.putShort((short) id);
    } else {
      buffer.putInt(id);
    }
    if (learnt && tokenCount > documentStart) {
      learntTokens++;
    }
    if (hasBits) {
      bitsOfByte |= learnt ? 1 << tokenCount % 8 : 0;
      if (tokenCount % 8 == 7) {
        bits.room(1).put((byte) bitsOfByte);
        bitsOfByte = 0;
      }
    }
    tokenCount++;
  }

  private void endDocument() throws IOException {
    if (tokenCount - documentStart > Integer.MAX_VALUE) {
      throw new DataException(
          "%s: document %d has %d tokens; there can be %d at most, so cut it into several"
              .formatted(path, documentCount + 1, tokenCount - documentStart, Integer.MAX_VALUE));
    }
    documentCount++;
    long hash = ByteBuffer.wrap(content.digest()).getLong();
    records
        .room(Shard.RECORD_BYTES)
        .putLong(documentStart)
        .putLong(hash)
        .putLong(learntBytes)
        .putLong(learntTokens);
  }

  private void finish(byte[] key) throws IOException {
    if (hasBits && tokenCount % 8 != 0) {
      bits.room(1).put((byte) bitsOfByte);
    }
    tokens.flush();
    long bitsAt = align();
    bits.appendTo(channel);
    long recordsAt = align();
    records.appendTo(channel);
    ByteBuffer header = buffer(Shard.HEADER_BYTES);
    header.put(Shard.MAGIC).putInt(width).putInt(hasBits ? 1 : 0);
    header.putLong(documentCount).putLong(tokenCount).putLong(bitsAt).putLong(recordsAt);
    header.put(key).flip();
    channel.position(0);
    writeAll(channel, header);
  }

  private long align() throws IOException {
    long position = channel.position();
    writeAll(channel, ByteBuffer.allocate((int) (Shard.aligned(position) - position)));
    return channel.position();
  }

  private static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  @Override
  public void close() throws IOException {
    bits.channel.close();
    records.channel.close();
  }

  /// A buffer before a file.
  private static final class Sink {
    private final FileChannel channel;
    private final ByteBuffer buffer = buffer(1 << 16);

    Sink(FileChannel channel) {
      this.channel = channel;
    }

    ByteBuffer room(int bytes) throws IOException {
      if (buffer.remaining() < bytes) {
        flush();
      }
      return buffer;
    }

    void flush() throws IOException {
      writeAll(channel, buffer.flip());
      buffer.clear();
    }

    void appendTo(FileChannel target) throws IOException {
      flush();
      long size = channel.size();
      long done = 0;
      while (done < size) {
        done += channel.transferTo(done, size - done, target);
      }
    }
  }
}
