package dev.tern.server.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The checksum that tells files of requests apart.
final class Sha256 {
  private Sha256() {}

  /// {@return a digest that nothing has gone into}
  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// {@return the checksum of a text in UTF-8, in hexadecimal}
  ///
  /// @param text any
  static String hex(String text) {
    return HexFormat.of().formatHex(digest().digest(text.getBytes(UTF_8)));
  }
}
