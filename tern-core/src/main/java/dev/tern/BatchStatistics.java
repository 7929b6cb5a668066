package dev.tern;

/// What a [BatchEngine] is doing, and has done since it began.
///
/// @param waiting requests that have not begun to run, or have to begin again
/// @param running requests that take part in passes
/// @param kvBlocksUsed blocks of KV memory that running requests use
/// @param kvBlocksCached blocks that no request uses, kept for those that begin alike
/// @param kvBlocksTotal the most blocks
/// @param kvBlockBytes the bytes of one block
/// @param submitted requests that were accepted
/// @param refused requests that were refused because the queue was full
/// @param ended requests that have ended, in whatever way
/// @param prefilledTokens tokens of prompts that were computed, and tokens that were computed again
/// @param decodedTokens tokens that were computed one at a time
/// @param prefixHitTokens tokens that were not computed because their blocks were found
/// @param preemptions how often a request gave up its memory to an older one
/// @param evictedBlocks kept blocks that were given up for others
public record BatchStatistics(
    int waiting,
    int running,
    int kvBlocksUsed,
    int kvBlocksCached,
    int kvBlocksTotal,
    long kvBlockBytes,
    long submitted,
    long refused,
    long ended,
    long prefilledTokens,
    long decodedTokens,
    long prefixHitTokens,
    long preemptions,
    long evictedBlocks) {
  /// {@return these numbers with requests that no pass has seen}
  ///
  /// @param arrived accepted since the last pass
  /// @param refusals refused so far
  BatchStatistics with(int arrived, long refusals) {
    return new BatchStatistics(
        waiting + arrived,
        running,
        kvBlocksUsed,
        kvBlocksCached,
        kvBlocksTotal,
        kvBlockBytes,
        submitted + arrived,
        refusals,
        ended,
        prefilledTokens,
        decodedTokens,
        prefixHitTokens,
        preemptions,
        evictedBlocks);
  }
}
