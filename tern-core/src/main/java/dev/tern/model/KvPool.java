package dev.tern.model;

import dev.tern.KvCacheType;
import dev.tern.kernel.KvBlocks;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;

/// The memory of KV caches: blocks of 128 positions, no more than a bound, used again when nobody
/// needs them any more.
///
/// Memory is taken from the system when a block is first needed. Not safe for use by several
/// threads.
public final class KvPool {
  private static final long ALIGNMENT = 64;

  private final Arena arena;
  private final ModelConfig config;
  private final KvCacheType keyType;
  private final KvCacheType valueType;
  private final int capacity;
  private final long blockBytes;
  private final ArrayDeque<KvBlock> unused = new ArrayDeque<>();
  private int made;

  /// Makes an empty pool.
  ///
  /// @param arena owns the memory
  /// @param config the model's shape
  /// @param capacity the most blocks, at least 1
  /// @param keyType how keys are stored
  /// @param valueType how values are stored
  public KvPool(
      Arena arena, ModelConfig config, int capacity, KvCacheType keyType, KvCacheType valueType) {
    this.arena = arena;
    this.config = config;
    this.capacity = capacity;
    this.keyType = keyType;
    this.valueType = valueType;
    this.blockBytes = blockBytes(config, keyType, valueType);
  }

  /// {@return how many blocks a number of positions takes}
  ///
  /// @param positions at least 0
  public static int blocksOf(int positions) {
    return Math.ceilDiv(positions, KvBlocks.POSITIONS);
  }

  /// {@return the bytes of a block}
  ///
  /// @param config the model's shape
  /// @param keyType how keys are stored
  /// @param valueType how values are stored
  public static long blockBytes(ModelConfig config, KvCacheType keyType, KvCacheType valueType) {
    return newBlocks(config, keyType, valueType).blockBytes();
  }

  private static KvBlocks newBlocks(
      ModelConfig config, KvCacheType keyType, KvCacheType valueType) {
    return new KvBlocks(
        config.layerCount(), config.kvHeadCount(), config.headDim(), keyType, valueType);
  }

  /// {@return the bytes of one block}
  public long blockBytes() {
    return blockBytes;
  }

  /// {@return the most blocks}
  public int capacity() {
    return capacity;
  }

  /// {@return the blocks that somebody uses}
  public int used() {
    return made - unused.size();
  }

  /// {@return the blocks that can still be taken}
  public int available() {
    return capacity - used();
  }

  /// {@return an empty list of blocks of this pool}
  KvBlocks newBlocks() {
    return newBlocks(config, keyType, valueType);
  }

  /// {@return a block of zeros with one user}
  ///
  /// @throws IllegalStateException if all are in use
  /// @throws OutOfMemoryError if the system does not give the memory
  KvBlock take() {
    if (available() == 0) {
      throw new IllegalStateException("all %d blocks of KV memory are in use".formatted(capacity));
    }
    KvBlock block = unused.poll();
    if (block == null) {
      block = new KvBlock(arena.allocate(blockBytes, ALIGNMENT));
      made++;
    } else {
      // Another text's leftovers may be infinite, and 0 times that is not 0.
      block.memory().fill((byte) 0);
    }
    block.users = 1;
    return block;
  }

  /// Adds a user to a block.
  ///
  /// @param block has a user
  public void retain(KvBlock block) {
    block.users++;
  }

  /// Takes a user from a block; without any it can be taken again.
  ///
  /// @param block has a user
  public void release(KvBlock block) {
    block.users--;
    if (block.users == 0) {
      unused.push(block);
    }
  }
}
