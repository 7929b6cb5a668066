package dev.tern.kernel;

import dev.tern.KvCacheType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// The memory of a KV cache as kernels see it: blocks of 128 positions, each with the keys and
/// values of all layers.
///
/// **Layout** of a block: for each layer its keys, then its values. Keys of a KV head: `[positions
/// / 16, headDim, 16]`, so that the scores of 16 neighbouring positions are computed side by side.
/// Values of a KV head: `[positions, headDim]`. Blocks are added as a text grows, so that a long
/// context costs memory only when it is used.
///
/// Not synchronized: one forward pass writes, then reads.
public final class KvBlocks {
  /// Positions in one block.
  public static final int POSITIONS = 128;

  /// Positions whose keys are interleaved.
  public static final int KEY_LANES = 16;

  private final int layers;
  private final int kvHeads;
  private final int headDim;
  private final KvCacheType keyType;
  private final KvCacheType valueType;
  private final List<MemorySegment> blocks = new ArrayList<>();

  /// Describes an empty cache.
  ///
  /// @param layers of the model
  /// @param kvHeads KV heads of each layer
  /// @param headDim elements of one head
  /// @param keyType how keys are stored
  /// @param valueType how values are stored
  public KvBlocks(
      int layers, int kvHeads, int headDim, KvCacheType keyType, KvCacheType valueType) {
    this.layers = layers;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.keyType = keyType;
    this.valueType = valueType;
  }

  /// {@return the bytes of one block}
  public long blockBytes() {
    return layers * layerBytes();
  }

  private long layerBytes() {
    return kvHeads * (keyHeadBytes() + valueHeadBytes());
  }

  private long keyHeadBytes() {
    return (long) POSITIONS * headDim * keyType.bytes();
  }

  private long valueHeadBytes() {
    return (long) POSITIONS * headDim * valueType.bytes();
  }

  /// Appends a block.
  ///
  /// @param memory [#blockBytes()] bytes, zeroed
  public void add(MemorySegment memory) {
    if (memory.byteSize() != blockBytes()) {
      throw new IllegalArgumentException(
          "a block takes %d bytes, not %d".formatted(blockBytes(), memory.byteSize()));
    }
    blocks.add(memory);
  }

  /// Forgets all blocks; their memory is the caller's business.
  public void clear() {
    blocks.clear();
  }

  /// {@return how many positions there is memory for}
  public int positions() {
    return blocks.size() * POSITIONS;
  }

  /// {@return one block's memory}
  ///
  /// @param index position / 128
  public MemorySegment block(int index) {
    return blocks.get(index);
  }

  /// {@return where the keys of a KV head start in each block, in bytes}
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  public long keyOffset(int layer, int kvHead) {
    return layer * layerBytes() + kvHead * keyHeadBytes();
  }

  /// {@return where the values of a KV head start in each block, in bytes}
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  public long valueOffset(int layer, int kvHead) {
    return layer * layerBytes() + kvHeads * keyHeadBytes() + kvHead * valueHeadBytes();
  }

  /// {@return the index of a key element among those of its head and block}
  ///
  /// @param position within the block
  /// @param dim from 0
  public int keyIndex(int position, int dim) {
    return (position / KEY_LANES * headDim + dim) * KEY_LANES + position % KEY_LANES;
  }

  /// {@return KV heads of each layer}
  public int kvHeads() {
    return kvHeads;
  }

  /// {@return elements of one head}
  public int headDim() {
    return headDim;
  }

  /// {@return how keys are stored}
  public KvCacheType keyType() {
    return keyType;
  }

  /// {@return how values are stored}
  public KvCacheType valueType() {
    return valueType;
  }
}
