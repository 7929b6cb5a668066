package dev.tern.model;

import dev.tern.KvCacheType;
import dev.tern.kernel.KvBlocks;
import java.lang.foreign.Arena;

/// The keys and values of a text, which grow by a position with each token.
///
/// Memory is taken in blocks as the text grows and kept when it is shortened. Not safe for use by
/// several threads.
public final class KvCache {
  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private final KvBlocks blocks;
  private final int capacity;
  private int length;

  /// Makes an empty cache.
  ///
  /// @param arena owns the memory
  /// @param config the model's shape
  /// @param capacity the most positions, at least 1
  /// @param keyType how keys are stored
  /// @param valueType how values are stored
  public KvCache(
      Arena arena, ModelConfig config, int capacity, KvCacheType keyType, KvCacheType valueType) {
    this.arena = arena;
    this.capacity = capacity;
    this.blocks =
        new KvBlocks(
            config.layerCount(), config.kvHeadCount(), config.headDim(), keyType, valueType);
  }

  /// {@return the most positions}
  public int capacity() {
    return capacity;
  }

  /// {@return the positions in use}
  public int length() {
    return length;
  }

  /// {@return the memory taken so far, in bytes}
  public long byteSize() {
    return blocks.positions() / KvBlocks.POSITIONS * blocks.blockBytes();
  }

  /// Forgets the positions from a length on.
  ///
  /// @param newLength from 0 to [#length()]
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "a text of %d positions cannot be cut to %d".formatted(length, newLength));
    }
    length = newLength;
  }

  KvBlocks blocks() {
    return blocks;
  }

  /// Makes room for more positions.
  void reserve(int tokens) {
    if (tokens > capacity - length) {
      throw new IllegalStateException(
          "%d tokens do not fit behind %d of %d positions".formatted(tokens, length, capacity));
    }
    while (blocks.positions() < length + tokens) {
      blocks.add(arena.allocate(blocks.blockBytes(), ALIGNMENT));
    }
  }

  void advance(int tokens) {
    length += tokens;
  }
}
