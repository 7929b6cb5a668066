package dev.tern.tokenizer;

import java.util.Arrays;

/// Token ids in the making.
final class IdList {
  private int[] ids = new int[64];
  private int size;

  void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  void addAll(int[] more) {
    for (int id : more) {
      add(id);
    }
  }

  int size() {
    return size;
  }

  /// The last id, or -1 if there is none after the first `from`.
  int lastAfter(int from) {
    return size > from ? ids[size - 1] : -1;
  }

  int[] from(int from) {
    return Arrays.copyOfRange(ids, from, size);
  }

  int[] toArray() {
    return from(0);
  }
}
