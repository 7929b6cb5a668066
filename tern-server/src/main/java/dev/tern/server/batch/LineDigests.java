package dev.tern.server.batch;

import java.util.Arrays;
import java.util.HexFormat;

/// What tells the lines of a file from others, in 16 bytes each: half of their SHA-256. For use by
/// one thread at a time.
final class LineDigests {
  private static final int BYTES = 16;

  private byte[] digests = new byte[BYTES * 64];
  private int count;

  /// Adds the next line.
  ///
  /// @param line its bytes
  void add(byte[] line) {
    if ((count + 1) * (long) BYTES > digests.length) {
      digests = Arrays.copyOf(digests, Math.multiplyExact(digests.length, 2));
    }
    System.arraycopy(Sha256.digest().digest(line), 0, digests, count * BYTES, BYTES);
    count++;
  }

  /// {@return how many lines there are}
  int count() {
    return count;
  }

  /// {@return whether a line is still what it was}
  ///
  /// @param index from 0
  /// @param line its bytes now
  boolean matches(int index, byte[] line) {
    int from = index * BYTES;
    return index < count
        && Arrays.equals(digests, from, from + BYTES, Sha256.digest().digest(line), 0, BYTES);
  }

  /// {@return what tells all lines from others, in hexadecimal}
  String hex() {
    var all = Sha256.digest();
    all.update(digests, 0, count * BYTES);
    return HexFormat.of().formatHex(all.digest());
  }
}
