package dev.tern;

import dev.tern.kernel.KvBlocks;
import dev.tern.model.KvPool;
import java.util.OptionalLong;

/// How long the requests of a batch may be, and how many blocks of KV memory they share.
///
/// @param contextLength the most positions of a request
/// @param blocks at least what one request of that length takes
record BatchMemory(int contextLength, int blocks) {
  /// {@return what options come to}
  ///
  /// @param options what was asked for
  /// @param trained the longest context of the model
  /// @param blockBytes the bytes of a block
  /// @param available the memory that the system has left, if it tells
  /// @throws IllegalArgumentException if the context is longer than the model was trained for, or
  ///   the budget does not hold it
  static BatchMemory plan(
      BatchOptions options, int trained, long blockBytes, OptionalLong available) {
    int wanted = options.contextLength() == 0 ? trained : options.contextLength();
    if (wanted > trained) {
      throw new IllegalArgumentException(
          "a context of %d tokens was asked for, but the model was trained for %d"
              .formatted(wanted, trained));
    }
    int ofContext = KvPool.blocksOf(wanted);
    long least = options.contextLength() == 0 ? 1 : ofContext;
    long blocks;
    if (options.kvBudgetBytes() > 0) {
      blocks = options.kvBudgetBytes() / blockBytes;
      if (blocks < least) {
        throw new IllegalArgumentException(
            "a KV budget of %d bytes is too small: %d tokens take %d"
                .formatted(
                    options.kvBudgetBytes(),
                    Math.min(wanted, least * KvBlocks.POSITIONS),
                    least * blockBytes));
      }
    } else {
      long half = available.orElse(Long.MAX_VALUE) / 2 / blockBytes;
      blocks = Math.max(least, Math.min((long) options.maxRunning() * ofContext, half));
    }
    int bounded = (int) Math.min(blocks, Integer.MAX_VALUE / KvBlocks.POSITIONS);
    return new BatchMemory(Math.min(wanted, bounded * KvBlocks.POSITIONS), bounded);
  }
}
