package dev.tern.model;

import dev.tern.KvCacheType;
import dev.tern.kernel.KvBlocks;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// The keys and values of a text, which grow by a position with each token.
///
/// Memory is taken in blocks as the text grows and kept when it is shortened, until it is released.
/// Texts that begin alike can share blocks that are full; what is shared stays as it is. Not safe
/// for use by several threads.
public final class KvCache {
  private final KvPool pool;
  private final KvBlocks blocks;
  private final List<KvBlock> held = new ArrayList<>();
  private final int capacity;
  private int length;

  /// The positions at the beginning that others may use too.
  private int shared;

  /// Makes an empty cache with memory of its own.
  ///
  /// @param arena owns the memory
  /// @param config the model's shape
  /// @param capacity the most positions, at least 1
  /// @param keyType how keys are stored
  /// @param valueType how values are stored
  public KvCache(
      Arena arena, ModelConfig config, int capacity, KvCacheType keyType, KvCacheType valueType) {
    this(new KvPool(arena, config, KvPool.blocksOf(capacity), keyType, valueType), capacity);
  }

  /// Makes an empty cache.
  ///
  /// @param pool gives the memory
  /// @param capacity the most positions, at least 1
  public KvCache(KvPool pool, int capacity) {
    this.pool = pool;
    this.capacity = capacity;
    this.blocks = pool.newBlocks();
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
    return held.size() * pool.blockBytes();
  }

  /// Forgets the positions from a length on.
  ///
  /// @param newLength from 0 to [#length()]
  /// @throws IllegalStateException if others may use positions from there on
  public void truncate(int newLength) {
    if (newLength < 0 || newLength > length) {
      throw new IllegalArgumentException(
          "a text of %d positions cannot be cut to %d".formatted(length, newLength));
    }
    if (newLength < shared) {
      throw new IllegalStateException(
          "the first %d positions are shared, so the text cannot be cut to %d"
              .formatted(shared, newLength));
    }
    length = newLength;
  }

  /// Forgets all positions and gives the memory back.
  public void release() {
    held.forEach(pool::release);
    held.clear();
    blocks.clear();
    length = 0;
    shared = 0;
  }

  KvBlocks blocks() {
    return blocks;
  }

  /// {@return the blocks that have been taken}
  public int blockCount() {
    return held.size();
  }

  /// {@return how many blocks there are without which no more positions can be had}
  ///
  /// @param tokens how many positions are to follow
  public int missingBlocks(int tokens) {
    return Math.max(0, KvPool.blocksOf(length + tokens) - held.size());
  }

  /// Makes room for more positions.
  ///
  /// @param tokens how many
  /// @throws IllegalStateException if the text would be too long, or the pool has no memory left
  /// @throws OutOfMemoryError if the system does not give the memory
  public void reserve(int tokens) {
    if (tokens > capacity - length) {
      throw new IllegalStateException(
          "%d tokens do not fit behind %d of %d positions".formatted(tokens, length, capacity));
    }
    while (blocks.positions() < length + tokens) {
      hold(pool.take());
    }
  }

  private void hold(KvBlock block) {
    held.add(block);
    blocks.add(block.memory());
  }

  void advance(int tokens) {
    length += tokens;
  }

  /// {@return a block whose positions are all in use, for others that have the same tokens up to
  /// its end; the text keeps it from now on as it is}
  ///
  /// @param index position / 128
  /// @throws IndexOutOfBoundsException if the text has no such full block
  public KvBlock share(int index) {
    KvBlock block = fullBlock(index);
    shared = Math.max(shared, (index + 1) * KvBlocks.POSITIONS);
    return block;
  }

  /// Uses another text's block in place of one of this text with the same tokens up to its end, and
  /// therefore the same content.
  ///
  /// @param index position / 128
  /// @param block what [#share] of the other text gave
  /// @throws IndexOutOfBoundsException if the text has no such full block
  public void replace(int index, KvBlock block) {
    KvBlock own = fullBlock(index);
    pool.retain(block);
    held.set(index, block);
    blocks.set(index, block.memory());
    shared = Math.max(shared, (index + 1) * KvBlocks.POSITIONS);
    pool.release(own);
  }

  private KvBlock fullBlock(int index) {
    if (index < 0 || (index + 1) * KvBlocks.POSITIONS > length) {
      throw new IndexOutOfBoundsException(
          "a text of %d positions has no full block %d".formatted(length, index));
    }
    return held.get(index);
  }

  /// Appends another text's block: 128 positions that need not be computed.
  ///
  /// @param block what [#share] of a text gave that begins with all tokens of this one and goes on
  ///   as this one will
  /// @throws IllegalStateException if this text does not end with a full block, or has no room
  public void append(KvBlock block) {
    if (length != blocks.positions() || KvBlocks.POSITIONS > capacity - length) {
      throw new IllegalStateException(
          "no block fits behind %d of %d positions".formatted(length, capacity));
    }
    pool.retain(block);
    hold(block);
    length += KvBlocks.POSITIONS;
    shared = length;
  }
}
