package dev.tern.kernel;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Where the rows of a forward pass stand: each in the cache of its text, at a position.
///
/// Rows of several texts may be in one pass; those of one text stand at consecutive positions.
/// Filled anew for each pass; not synchronized.
public final class RowPlaces {
  private final @Nullable KvBlocks[] caches;
  private final int[] positions;
  private int count;

  /// Makes room.
  ///
  /// @param capacity the most rows of a pass
  public RowPlaces(int capacity) {
    this.caches = new KvBlocks[capacity];
    this.positions = new int[capacity];
  }

  /// Forgets all rows.
  public void clear() {
    Arrays.fill(caches, 0, count, null);
    count = 0;
  }

  /// Adds a row.
  ///
  /// @param cache of its text
  /// @param position in the text
  public void add(KvBlocks cache, int position) {
    caches[count] = cache;
    positions[count] = position;
    count++;
  }

  /// {@return the number of rows}
  public int count() {
    return count;
  }

  /// {@return the cache that a row looks into}
  ///
  /// @param row less than [#count()]
  KvBlocks cache(int row) {
    return Objects.requireNonNull(caches[row]);
  }

  /// {@return the position of a row in its text}
  ///
  /// @param row less than [#count()]
  int position(int row) {
    return positions[row];
  }
}
