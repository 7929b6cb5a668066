package dev.tern.json;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Finds strings that the same file has spelled before, so that the hundreds of thousands of merges
/// of a tokenizer, which repeat the names of its tokens, cost neither memory nor decoding.
///
/// A table in which a later string takes an earlier one's place: bounded, and never wrong, only
/// sometimes no help.
final class RepeatedTexts {
  private static final int BYTES_PER_SLOT = 64;
  private static final int MAX_SLOTS = 1 << 18;

  private final byte[] bytes;
  private final int[] starts;
  private final JsonValue.@Nullable Text[] texts;

  RepeatedTexts(byte[] bytes) {
    this.bytes = bytes;
    int wanted = Math.clamp(bytes.length / BYTES_PER_SLOT, 1, MAX_SLOTS);
    int slots = Integer.highestOneBit(wanted);
    starts = new int[slots];
    texts = new JsonValue.Text[slots];
  }

  /// The text of an equal string before it, if one is remembered.
  ///
  /// @param hash any function of the string's bytes
  JsonValue.@Nullable Text find(int start, int end, int hash) {
    int slot = slot(hash);
    JsonValue.Text text = texts[slot];
    int before = starts[slot];
    int quote = before + end - start;
    return text != null
            && quote < bytes.length
            && bytes[quote] == '"'
            && Arrays.equals(bytes, before, quote, bytes, start, end)
        ? text
        : null;
  }

  void remember(int start, int hash, JsonValue.Text text) {
    int slot = slot(hash);
    starts[slot] = start;
    texts[slot] = text;
  }

  private int slot(int hash) {
    int mixed = hash * 0x9E3779B9;
    return (mixed >>> 14 ^ mixed) & starts.length - 1;
  }
}
