package dev.tern.model;

import java.lang.foreign.MemorySegment;

/// A block of KV memory, in use by one text or by several that begin alike. Not safe for use by
/// several threads.
public final class KvBlock {
  private final MemorySegment memory;

  /// Who uses it; the pool counts.
  int users;

  KvBlock(MemorySegment memory) {
    this.memory = memory;
  }

  MemorySegment memory() {
    return memory;
  }

  /// {@return how many texts and others use the block}
  public int users() {
    return users;
  }
}
