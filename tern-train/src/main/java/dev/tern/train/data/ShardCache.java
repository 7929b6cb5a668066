package dev.tern.train.data;

import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.CorpusSettings;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/// A folder with the tokens of files of text. Each file's are found by a digest of its content, of
/// how it is read, and of the tokenizer; so what is there is used again, and a file that has
/// changed gets new ones.
///
/// One process at a time looks for what is missing and makes it; the others wait for it. Any number
/// read.
final class ShardCache {
  /// To be raised whenever the same text would get other tokens.
  private static final int VERSION = 1;

  private static final int NAME_DIGITS = 16;

  private final Path folder;
  private final Tokenizer tokenizer;
  private final Optional<ChatTemplate> chat;
  private final ProgressListener listener;
  private final byte[] fingerprint;
  private final DocumentEncoder encoder;

  ShardCache(
      Path folder, Tokenizer tokenizer, Optional<ChatTemplate> chat, ProgressListener listener) {
    this.folder = folder;
    this.tokenizer = tokenizer;
    this.chat = chat;
    this.listener = listener;
    fingerprint = new Fingerprint().add(tokenizer).bytes();
    encoder = new DocumentEncoder(tokenizer, chat);
  }

  /// Work that needs the folder for itself.
  @FunctionalInterface
  interface Work<T> {
    /// Does it.
    ///
    /// @throws IOException if a file cannot be read or written
    T run() throws IOException;
  }

  /// Does something while no other process writes into the folder, after removing what a process
  /// that was ended has left there.
  <T> T alone(Work<T> work) throws IOException {
    Files.createDirectories(folder);
    // A lock on a file is held by the whole virtual machine, so threads need one of their own.
    synchronized (ShardCache.class) {
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = lock(channel)) {
        if (!lock.isValid()) {
          throw new IOException(folder + ": the lock on this folder was lost");
        }
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, ".*.partial")) {
          for (Path unfinished : left) {
            Files.deleteIfExists(unfinished);
          }
        }
        return work.run();
      }
    }
  }

  private FileLock lock(FileChannel channel) throws IOException {
    FileLock free = channel.tryLock();
    if (free != null) {
      return free;
    }
    listener.advanced("waiting for another process that writes to " + folder, 0, 1);
    return channel.lock();
  }

  /// The tokens of a file, which are made if they are not there.
  ///
  /// @param arena as long as which they can be read
  Shard shard(CorpusSettings corpus, Path file, Arena arena) throws IOException {
    byte[] digest = digest(file);
    byte[] key = key(corpus, digest);
    Path target = folder.resolve(name(file, key));
    Optional<Shard> known = Shard.open(target, key, arena);
    if (known.isPresent()) {
      return known.get();
    }
    new ShardBuilder(encoder, tokenizer).build(corpus, file, digest, target, key, listener);
    return Shard.open(target, key, arena)
        .orElseThrow(() ->
            new IOException(
                "%s: this file was written and is not there as it should be; is something else writing to the folder?"
                    .formatted(target)));
  }

  private static String name(Path file, byte[] key) {
    String hex = HexFormat.of().formatHex(key).substring(0, NAME_DIGITS);
    String readable = file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
    return "%s-%s.tokens".formatted(readable.substring(0, Math.min(readable.length(), 100)), hex);
  }

  private byte[] digest(Path file) throws IOException {
    MessageDigest digest = Fingerprint.sha256();
    byte[] block = new byte[1 << 16];
    try (InputStream stream = CorpusFiles.open(file, "checking " + file, listener)) {
      for (int read = stream.read(block); read >= 0; read = stream.read(block)) {
        digest.update(block, 0, read);
      }
    }
    return digest.digest();
  }

  private byte[] key(CorpusSettings corpus, byte[] digest) {
    Fingerprint key = new Fingerprint().add(VERSION).add(digest).add(fingerprint);
    key.add(corpus.format().name()).add(corpus.separator().orElse(""));
    if (corpus.format() == CorpusSettings.Format.CHAT && chat.isPresent()) {
      key.add(chat.get());
    }
    return key.bytes();
  }
}
