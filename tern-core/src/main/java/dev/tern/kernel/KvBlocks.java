package dev.tern.kernel;

import dev.tern.KvCacheType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    requireBlock(memory);
    blocks.add(memory);
  }

  /// Puts other memory in the place of a block.
  ///
  /// @param index position / 128
  /// @param memory [#blockBytes()] bytes
  public void set(int index, MemorySegment memory) {
    requireBlock(memory);
    blocks.set(index, memory);
  }

  private void requireBlock(MemorySegment memory) {
    if (memory.byteSize() != blockBytes()) {
      throw new IllegalArgumentException(
          "a block takes %d bytes, not %d".formatted(blockBytes(), memory.byteSize()));
    }
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

  /// Stores the key of one head and position.
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  /// @param position absolute
  /// @param key holds the key
  /// @param from where in `key` it begins
  void storeKey(int layer, int kvHead, int position, float[] key, int from) {
    MemorySegment block = block(position / POSITIONS);
    long base = keyOffset(layer, kvHead);
    for (int dim = 0; dim < headDim; dim++) {
      int index = keyIndex(position % POSITIONS, dim);
      switch (keyType) {
        case F32 ->
            block.set(ValueLayout.JAVA_FLOAT, base + (long) index * Float.BYTES, key[from + dim]);
        case F16 ->
            block.set(
                ValueLayout.JAVA_SHORT,
                base + (long) index * Short.BYTES,
                Float.floatToFloat16(key[from + dim]));
      }
    }
  }

  /// Stores the value of one head and position.
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  /// @param position absolute
  /// @param value holds the value
  /// @param from where in `value` it begins
  void storeValue(int layer, int kvHead, int position, float[] value, int from) {
    MemorySegment block = block(position / POSITIONS);
    long at = valueOffset(layer, kvHead) + valueBytes(position);
    switch (valueType) {
      case F32 -> MemorySegment.copy(value, from, block, ValueLayout.JAVA_FLOAT, at, headDim);
      case F16 -> {
        short[] halves = new short[headDim];
        for (int dim = 0; dim < headDim; dim++) {
          halves[dim] = Float.floatToFloat16(value[from + dim]);
        }
        MemorySegment.copy(halves, 0, block, ValueLayout.JAVA_SHORT, at, headDim);
      }
    }
  }

  private long valueBytes(int position) {
    return (long) (position % POSITIONS) * headDim * valueType.bytes();
  }

  /// Copies the keys of 16 neighbouring positions out.
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  /// @param position a multiple of 16
  /// @param keys receives `[headDim, 16]`
  void copyKeys(int layer, int kvHead, int position, float[] keys) {
    long at = keyOffset(layer, kvHead) + (long) keyIndex(position % POSITIONS, 0) * keyType.bytes();
    copy(block(position / POSITIONS), keyType, at, keys, headDim * KEY_LANES);
  }

  /// Copies the value of one position out.
  ///
  /// @param layer from 0
  /// @param kvHead from 0
  /// @param position absolute
  /// @param value receives `[headDim]`
  void copyValue(int layer, int kvHead, int position, float[] value) {
    long at = valueOffset(layer, kvHead) + valueBytes(position);
    copy(block(position / POSITIONS), valueType, at, value, headDim);
  }

  private static void copy(
      MemorySegment block, KvCacheType type, long at, float[] floats, int count) {
    switch (type) {
      case F32 -> MemorySegment.copy(block, ValueLayout.JAVA_FLOAT, at, floats, 0, count);
      case F16 -> {
        short[] halves = new short[count];
        MemorySegment.copy(block, ValueLayout.JAVA_SHORT, at, halves, 0, count);
        for (int i = 0; i < count; i++) {
          floats[i] = Float.float16ToFloat(halves[i]);
        }
      }
    }
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
