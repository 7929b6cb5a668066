package dev.tern.cli;

import dev.tern.kernel.KvBlocks;
import java.util.List;

/// Something to measure the speed of.
///
/// @param kind what is done
/// @param tokens how many of them are read or written, at least 1
/// @param depth how many tokens of text come before
/// @param parallel how many texts a batch engine does this with at once; 0 for one text without an
///   engine
record BenchTest(Kind kind, int tokens, int depth, int parallel) {
  /// A test of one text.
  BenchTest(Kind kind, int tokens, int depth) {
    this(kind, tokens, depth, 0);
  }

  /// What is done.
  enum Kind {
    /// A prompt is computed.
    PROMPT,
    /// A text is generated, token by token.
    GENERATION
  }

  /// {@return the name that llama-bench gives such a test, for example `tg64 @ d512`; of eight
  /// texts at once `tg64 x8 @ d512`}
  String label() {
    return (kind == Kind.PROMPT ? "pp" : "tg")
        + tokens
        + (parallel == 0 ? "" : " x" + parallel)
        + (depth == 0 ? "" : " @ d" + depth);
  }

  /// {@return the length of the prompt: what comes before, and something to compute or to go on
  /// from}
  int promptTokens() {
    return Math.addExact(depth, kind == Kind.PROMPT ? tokens : 1);
  }

  /// {@return how many tokens the context must have room for}
  int positions() {
    return kind == Kind.PROMPT ? promptTokens() : Math.addExact(promptTokens(), tokens);
  }

  /// {@return how many positions of KV caches are needed at once}
  int cachedPositions() {
    int blocks = Math.ceilDiv(positions(), KvBlocks.POSITIONS);
    return Math.multiplyExact(blocks * KvBlocks.POSITIONS, Math.max(1, parallel));
  }

  /// {@return how many positions of the KV cache one generated token reads, on average}
  double positionsRead() {
    return promptTokens() + (tokens + 1) / 2.0;
  }

  /// Refuses tests that a context has no room for.
  ///
  /// @throws IllegalArgumentException if one does not fit; the message says what to change
  static void requireRoom(List<BenchTest> tests, int contextLength) {
    int needed = tests.stream().mapToInt(BenchTest::positions).max().orElseThrow();
    if (needed > contextLength) {
      throw new IllegalArgumentException(
          "the context has room for %d tokens, but measuring needs %d: lower -p, -n or -d, or raise -c"
              .formatted(contextLength, needed));
    }
  }
}
