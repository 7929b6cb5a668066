package dev.tern.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.kernel.FloatMatrix;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.LoadedText;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Passes over tokens of several texts.
class PassTest {
  private static final int VOCABULARY = SyntheticShape.TINY.vocabularySize();

  @TempDir static Path folder;

  private static Path path;
  private final Arena arena = Arena.ofAuto();

  @BeforeAll
  static void write() throws IOException {
    path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
  }

  private static int[] text(int length, long seed) {
    return new SplittableRandom(seed).ints(length, 0, VOCABULARY).toArray();
  }

  private static float[] row(FloatMatrix logits, int row) {
    float[] values = new float[VOCABULARY];
    logits.copyRow(row, values);
    return values;
  }

  private KvCache cache(Transformer transformer) {
    return new KvCache(arena, transformer.config(), 300, KvCacheType.F32, KvCacheType.F32);
  }

  /// The logits after the last `count` tokens of a text, computed alone.
  private float[][] alone(Transformer transformer, int[] text, int count) {
    Workspace workspace = transformer.workspace(arena, text.length);
    FloatMatrix all =
        transformer.forward(text, text.length, cache(transformer), workspace, Logits.ALL);
    float[][] logits = new float[count][];
    for (int i = 0; i < count; i++) {
      logits[i] = row(all, text.length - count + i);
    }
    return logits;
  }

  /// A text that goes on by one token, one that goes on by several, one that begins, and one whose
  /// states nobody wants, at positions in several blocks.
  @ParameterizedTest
  @EnumSource(
      value = KernelChoice.class,
      names = {"SCALAR", "AUTO"})
  void computesEachTextAsIfItWereAlone(KernelChoice kernels) throws IOException {
    try (LoadedText loaded = new LoadedText(path, kernels, 2)) {
      Transformer transformer = loaded.model().transformer();
      int[][] texts = {text(131, 1), text(40, 2), text(9, 3), text(20, 4)};
      int[] counts = {1, 7, 9, 4};
      States[] wanted = {States.LAST, States.ALL, States.LAST, States.NONE};
      Workspace workspace = transformer.workspace(arena, 256);
      KvCache[] caches = new KvCache[texts.length];
      for (int i = 0; i < texts.length; i++) {
        caches[i] = cache(transformer);
        int before = texts[i].length - counts[i];
        if (before > 0) {
          transformer.forward(texts[i], before, caches[i], workspace, Logits.NONE);
        }
      }
      Pass pass = workspace.pass();
      pass.clear();
      int[] states = new int[texts.length];
      for (int i = 0; i < texts.length; i++) {
        int from = texts[i].length - counts[i];
        states[i] = pass.add(caches[i], texts[i], from, counts[i], wanted[i]);
      }
      transformer.forward(workspace);
      assertEquals(21, pass.rows());
      assertEquals(9, pass.states());
      for (int i = 0; i < texts.length; i++) {
        assertEquals(texts[i].length, caches[i].length());
      }
      float[] logits = new float[VOCABULARY];
      transformer.logits(workspace, states[0], logits);
      assertArrayEquals(alone(transformer, texts[0], 1)[0], logits);
      float[][] expected = alone(transformer, texts[1], 7);
      FloatMatrix several = transformer.logits(workspace, states[1], 7);
      for (int t = 0; t < 7; t++) {
        assertArrayEquals(expected[t], row(several, t));
      }
      transformer.logits(workspace, states[2], logits);
      assertArrayEquals(alone(transformer, texts[2], 1)[0], logits);
    }
  }

  /// Random passes over texts that begin alike, join, leave and share blocks.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void computesTheSameLogitsInAnyCompany(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    try (LoadedText loaded = new LoadedText(path, KernelChoice.AUTO, 2)) {
      Transformer transformer = loaded.model().transformer();
      KvPool pool = new KvPool(arena, transformer.config(), 30, KvCacheType.F16, KvCacheType.F16);
      int[] common = text(300, seed);
      float[][] expected = new float[300][];
      Workspace workspace = transformer.workspace(arena, 300);
      KvCache whole = new KvCache(pool, 300);
      FloatMatrix all = transformer.forward(common, 300, whole, workspace, Logits.ALL);
      for (int i = 0; i < 300; i++) {
        expected[i] = row(all, i);
      }
      KvCache[] texts = new KvCache[5];
      int compared = 0;
      for (int step = 0; step < 60; step++) {
        Pass pass = workspace.pass();
        pass.clear();
        int[] state = new int[texts.length];
        for (int i = 0; i < texts.length; i++) {
          if (texts[i] == null || texts[i].length() > 290 || random.nextInt(10) == 0) {
            if (texts[i] != null) {
              texts[i].release();
            }
            texts[i] = new KvCache(pool, 300);
            for (int block = 0; block < random.nextInt(3); block++) {
              texts[i].append(whole.share(block));
            }
          }
          int from = texts[i].length();
          int count = Math.min(random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 1, 300 - from);
          state[i] = pass.add(texts[i], common, from, count, States.LAST);
        }
        transformer.forward(workspace);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < texts.length; i++) {
          transformer.logits(workspace, state[i], logits);
          assertArrayEquals(expected[texts[i].length() - 1], logits);
          compared++;
        }
      }
      assertEquals(300, compared);
    }
  }

  @Test
  void refusesATextThatIsInThePassAndTokensThatDoNotFit() throws IOException {
    try (LoadedText loaded = new LoadedText(path, KernelChoice.SCALAR, 1)) {
      Transformer transformer = loaded.model().transformer();
      Workspace workspace = transformer.workspace(arena, 4);
      Pass pass = workspace.pass();
      KvCache text = cache(transformer);
      pass.add(text, text(3, 1), 0, 3, States.LAST);
      for (KvCache other : new KvCache[] {text, cache(transformer)}) {
        int count = other == text ? 1 : 2;
        assertThrows(
            IllegalArgumentException.class,
            () -> pass.add(other, text(2, 1), 0, count, States.NONE));
      }
      assertEquals(3, pass.rows());
      assertEquals(1, pass.states());
    }
  }
}
