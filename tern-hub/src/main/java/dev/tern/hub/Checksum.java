package dev.tern.hub;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/// What identifies the content of a file on the hub, and names it in the cache: SHA-256 of large
/// files, and of others the SHA-1 by which git knows them.
///
/// @param algorithm how it is computed
/// @param hex its digits, in lower case
record Checksum(Algorithm algorithm, String hex) {
  private static final Pattern SHA_256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern SHA_1 = Pattern.compile("[0-9a-f]{40}");
  private static final int BUFFER_BYTES = 1 << 20;

  enum Algorithm {
    SHA_256("SHA-256"),
    /// SHA-1 of `blob`, a space, the size in decimal digits, a zero byte, and the content.
    GIT_BLOB("SHA-1");

    private final String digest;

    Algorithm(String digest) {
      this.digest = digest;
    }
  }

  /// {@return the checksum that the digits are, told apart by their number}
  static Optional<Checksum> of(String hex) {
    if (SHA_256.matcher(hex).matches()) {
      return Optional.of(new Checksum(Algorithm.SHA_256, hex));
    }
    return SHA_1.matcher(hex).matches()
        ? Optional.of(new Checksum(Algorithm.GIT_BLOB, hex))
        : Optional.empty();
  }

  /// {@return whether a file has this checksum}
  ///
  /// @param progress gets the number of bytes that were looked at
  /// @throws IOException if it cannot be read
  boolean matches(Path file, LongConsumer progress) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm.digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has " + algorithm.digest, impossible);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      if (algorithm == Algorithm.GIT_BLOB) {
        digest.update(("blob " + channel.size() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
      long checked = 0;
      while (channel.read(buffer) >= 0) {
        buffer.flip();
        checked += buffer.remaining();
        digest.update(buffer);
        buffer.clear();
        progress.accept(checked);
      }
    }
    return HexFormat.of().formatHex(digest.digest()).equals(hex);
  }
}
