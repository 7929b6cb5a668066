package dev.tern.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Answers on their way into a file, which takes its name when all are there. Until then they are
/// in one beside it whose name tells for which requests and which model they are, so that an
/// interrupted run goes on where it was and never on another's answers. Safe for use by many
/// threads.
final class BatchOutput implements AutoCloseable {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Path target;
  private final Path partial;
  private final FileChannel channel;
  private final Set<String> answered;

  private BatchOutput(Path target, Path partial, FileChannel channel, Set<String> answered) {
    this.target = target;
    this.partial = partial;
    this.channel = channel;
    this.answered = answered;
  }

  /// {@return what there is of the answers}
  ///
  /// @param target the file's name in the end
  /// @param key of the requests and the model, for file names
  /// @throws IOException if a file cannot be made or read
  /// @throws BatchFileException if another process is writing the same answers
  static BatchOutput open(Path target, String key) throws IOException {
    Path partial = target.resolveSibling(".%s.%s.partial".formatted(target.getFileName(), key));
    FileChannel channel =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            LinkOption.NOFOLLOW_LINKS);
    try {
      lock(channel, target);
      Set<String> answered = new HashSet<>();
      channel.truncate(readWholeLines(channel, answered));
      channel.position(channel.size());
      return new BatchOutput(target, partial, channel, Set.copyOf(answered));
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  private static void lock(FileChannel channel, Path target) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException here) {
      // Said below, as for another process.
    }
    throw new BatchFileException(
        "the same requests are being answered into %s already".formatted(target));
  }

  /// {@return where the last whole line ends}
  private static long readWholeLines(FileChannel channel, Set<String> answered) throws IOException {
    InputStream in = new BufferedInputStream(Channels.newInputStream(channel), 1 << 16);
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long end = 0;
    for (int octet = in.read(); octet >= 0; octet = in.read()) {
      if (octet != '\n') {
        line.write(octet);
        continue;
      }
      JsonNode id = customId(line.toByteArray());
      if (!id.isString()) {
        break;
      }
      answered.add(id.stringValue());
      end += line.size() + 1L;
      line.reset();
    }
    return end;
  }

  /// What a failing disk or system left is not JSON.
  private static JsonNode customId(byte[] line) {
    try {
      return MAPPER.readTree(line).path("custom_id");
    } catch (JacksonException damaged) {
      return MAPPER.missingNode();
    }
  }

  /// {@return the requests that were answered before}
  Set<String> answered() {
    return answered;
  }

  /// Adds an answer.
  ///
  /// @param line of the file
  /// @throws IOException if it cannot be written; the message says where
  synchronized void add(ObjectNode line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((MAPPER.writeValueAsString(line) + "\n").getBytes(UTF_8));
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException failure) {
      throw unwritable(failure);
    }
  }

  /// Gives the file its name.
  ///
  /// @param replace whether another file of the name may go
  /// @throws IOException if that fails
  void finish(boolean replace) throws IOException {
    try {
      channel.force(true);
    } catch (IOException failure) {
      throw unwritable(failure);
    }
    if (!replace && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException(
          "%s has appeared while the requests were being answered: move it away, or take --force; the same command then gives the answers their name without computing them again"
              .formatted(target));
    }
    Files.move(partial, target, StandardCopyOption.REPLACE_EXISTING);
  }

  private IOException unwritable(IOException failure) {
    return new IOException(
        "the answers cannot be written to %s (%s); what was answered stays, and the same command goes on from there"
            .formatted(partial, Objects.requireNonNullElse(failure.getMessage(), failure)),
        failure);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
