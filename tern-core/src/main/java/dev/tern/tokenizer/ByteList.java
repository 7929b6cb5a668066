package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// The bytes of a text in the making.
final class ByteList {
  /// The longest array that every virtual machine makes.
  private static final int MAX_LENGTH = Integer.MAX_VALUE - 8;

  private byte[] bytes = new byte[64];
  private int size;

  void add(int octet) {
    reserve(1);
    bytes[size++] = (byte) octet;
  }

  void addAll(byte[] more, int from, int to) {
    reserve(to - from);
    System.arraycopy(more, from, bytes, size, to - from);
    size += to - from;
  }

  private void reserve(int room) {
    int needed = Math.addExact(size, room);
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, (int) Math.min(2L * size, MAX_LENGTH)));
    }
  }

  boolean startsWith(int octet) {
    return size > 0 && bytes[0] == octet;
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// The bytes as text, without the first `from` of them.
  String textFrom(int from) {
    return new String(bytes, from, size - from, UTF_8);
  }
}
