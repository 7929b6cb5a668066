package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Objects;

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

  int size() {
    return size;
  }

  /// {@return a byte}
  ///
  /// @param index from 0 to size - 1
  byte get(int index) {
    return bytes[Objects.checkIndex(index, size)];
  }

  /// {@return the first bytes as text, which are removed}
  ///
  /// @param count from 0 to size
  String removeFirst(int count) {
    Objects.checkFromIndexSize(0, count, size);
    String text = new String(bytes, 0, count, UTF_8);
    System.arraycopy(bytes, count, bytes, 0, size - count);
    size -= count;
    return text;
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, size);
  }

  /// The bytes as text, without the first `from` of them.
  String textFrom(int from) {
    return new String(bytes, from, size - from, UTF_8);
  }
}
