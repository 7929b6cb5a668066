package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.LoadedText;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Memory of KV caches: its bound, and blocks that texts share.
class KvCacheTest {
  private static final int BLOCK = 128;

  @TempDir static Path folder;

  private static LoadedText loaded;
  private static Transformer transformer;
  private final Arena arena = Arena.ofAuto();

  @BeforeAll
  static void load() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    loaded = new LoadedText(path, KernelChoice.SCALAR, 2);
    transformer = loaded.model().transformer();
  }

  @AfterAll
  static void close() {
    loaded.close();
  }

  private KvPool pool(int capacity) {
    return new KvPool(arena, transformer.config(), capacity, KvCacheType.F16, KvCacheType.F32);
  }

  private static int[] text(int length) {
    return new SplittableRandom(7).ints(length, 0, 300).toArray();
  }

  /// The logits after a text whose beginning a cache has.
  private float[] logits(KvCache cache, int[] text) {
    int[] rest = Arrays.copyOfRange(text, cache.length(), text.length);
    float[] logits = new float[300];
    transformer
        .forward(rest, rest.length, cache, transformer.workspace(arena, 300), Logits.LAST)
        .copyRow(0, logits);
    return logits;
  }

  @Test
  void takesNoMoreThanThePoolHasAndGivesItBack() {
    KvPool pool = pool(3);
    KvCache first = new KvCache(pool, 300);
    KvCache second = new KvCache(pool, 300);
    logits(first, text(BLOCK + 1));
    logits(second, text(BLOCK));
    assertEquals(3, pool.used());
    assertEquals(0, second.missingBlocks(0));
    assertEquals(1, second.missingBlocks(1));
    assertThrows(IllegalStateException.class, () -> logits(second, text(BLOCK + 1)));
    assertEquals(BLOCK, second.length());
    first.release();
    assertEquals(1, pool.used());
    assertEquals(0, first.length());
    float[] expected = logits(new KvCache(pool(2), 300), text(BLOCK + 1));
    assertArrayEquals(expected, logits(second, text(BLOCK + 1)));
  }

  @Test
  void givesOutZerosWhateverWasThereBefore() {
    KvPool pool = pool(1);
    KvBlock block = pool.take();
    block.memory().fill((byte) 0x7f);
    pool.release(block);
    MemorySegment memory = pool.take().memory();
    for (long at = 0; at < memory.byteSize(); at += Integer.BYTES) {
      assertEquals(0, memory.get(ValueLayout.JAVA_INT, at));
    }
  }

  @Test
  void goesOnFromBlocksOfAnotherTextWithTheSameBits() {
    KvPool pool = pool(6);
    int[] text = text(2 * BLOCK + 9);
    float[] expected = logits(new KvCache(pool(3), 300), text);
    KvCache first = new KvCache(pool, 300);
    assertArrayEquals(expected, logits(first, text));
    KvCache second = new KvCache(pool, 300);
    second.append(first.share(0));
    second.append(first.share(1));
    assertEquals(2 * BLOCK, second.length());
    assertArrayEquals(expected, logits(second, text));
    assertEquals(4, pool.used());
    first.release();
    assertEquals(3, pool.used());
    second.truncate(2 * BLOCK);
    assertArrayEquals(expected, logits(second, text));
  }

  @Test
  void usesOneBlockForTwoThatAreEqual() {
    KvPool pool = pool(4);
    int[] text = text(BLOCK + 5);
    KvCache first = new KvCache(pool, 300);
    KvCache second = new KvCache(pool, 300);
    float[] expected = logits(first, text);
    assertArrayEquals(expected, logits(second, text));
    KvBlock shared = first.share(0);
    second.replace(0, shared);
    assertEquals(2, shared.users());
    assertEquals(3, pool.used());
    assertSame(shared, second.share(0));
    second.truncate(BLOCK);
    assertArrayEquals(expected, logits(second, text));
  }

  @Test
  void keepsWhatOthersMayUse() {
    KvPool pool = pool(4);
    KvCache cache = new KvCache(pool, 300);
    logits(cache, text(BLOCK + 5));
    assertThrows(IndexOutOfBoundsException.class, () -> cache.share(1));
    cache.share(0);
    IllegalStateException refusal =
        assertThrows(IllegalStateException.class, () -> cache.truncate(BLOCK - 1));
    assertTrue(refusal.getMessage().contains("128 positions are shared"), refusal.getMessage());
    KvCache other = new KvCache(pool, 300);
    logits(other, text(3));
    assertThrows(IllegalStateException.class, () -> other.append(cache.share(0)));
    KvCache small = new KvCache(pool, BLOCK - 1);
    assertThrows(IllegalStateException.class, () -> small.append(cache.share(0)));
  }
}
