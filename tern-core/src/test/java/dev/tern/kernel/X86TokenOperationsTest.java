package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.KvCacheType;
import dev.tern.kernel.x86.X86Kernels;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The operations on single tokens in machine code, which must also touch nothing outside of their
/// memory.
class X86TokenOperationsTest extends TokenOperationsContract {
  @Override
  Kernels make() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    return X86Kernels.create(X86Kernels.best(), new ScalarKernels());
  }

  @Test
  void refusesWhatIsOutsideOfAMatrix() {
    FloatMatrix x = gaussian(1, 16, 1);
    FloatMatrix narrow = gaussian(1, 8, 1);
    assertThrows(IndexOutOfBoundsException.class, () -> kernels.add(x, 0, narrow));
    assertThrows(IndexOutOfBoundsException.class, () -> kernels.add(x, 1, x));
    assertThrows(
        IndexOutOfBoundsException.class,
        () -> kernels.rmsNorm(x, 0, narrow.data().asSlice(0, 32), 0f, x));
    assertThrows(
        IllegalArgumentException.class,
        () -> kernels.quantize(x, 0, Int8Activations.allocate(arena, 1, 15)));
    KvBlocks cache = new KvBlocks(1, 1, 16, KvCacheType.F32, KvCacheType.F32);
    cache.add(arena.allocate(cache.blockBytes(), 64));
    assertThrows(IndexOutOfBoundsException.class, () -> kernels.attend(x, 0, cache, 0, 0, 128, x));
    assertThrows(IndexOutOfBoundsException.class, () -> kernels.attend(x, 0, cache, 0, 1, 0, x));
    assertThrows(IndexOutOfBoundsException.class, () -> kernels.attend(x, 0, cache, 1, 0, 0, x));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 40, 100})
  void touchesNothingOutsideItsRows(int cols) {
    assumeTrue(GuardedMemory.isPossible(), "no guard pages on this system");
    MemorySegment weight = GuardedMemory.beforeGuard(arena, (long) cols * Float.BYTES);
    weight.copyFrom(gaussian(1, cols, 1).data().asSlice(0, weight.byteSize()));
    FloatMatrix x = gaussian(1, cols, 1);
    FloatMatrix expected = FloatMatrix.allocate(arena, 1, cols);
    FloatMatrix actual = FloatMatrix.allocate(arena, 1, cols);
    scalar.rmsNorm(x, 0, weight, 1e-5f, expected);
    kernels.rmsNorm(x, 0, weight, 1e-5f, actual);
    assertSame(expected, actual);
  }

  @ParameterizedTest
  @EnumSource(KvCacheType.class)
  void touchesNothingOutsideTheCache(KvCacheType type) {
    assumeTrue(GuardedMemory.isPossible(), "no guard pages on this system");
    KvBlocks cache = new KvBlocks(1, 2, 48, type, type);
    cache.add(GuardedMemory.beforeGuard(arena, cache.blockBytes()));
    cache.add(GuardedMemory.afterGuard(arena, cache.blockBytes()));
    FloatMatrix keys = gaussian(256, 96, 1);
    FloatMatrix queries = gaussian(1, 480, 1);
    for (int p = 0; p < 256; p++) {
      kernels.store(keys, keys, p, cache, 0, p);
    }
    for (int position : new int[] {100, 127, 255}) {
      FloatMatrix expected = FloatMatrix.allocate(arena, 1, 480);
      FloatMatrix actual = FloatMatrix.allocate(arena, 1, 480);
      for (int kvHead = 0; kvHead < 2; kvHead++) {
        scalar.attend(queries, 0, cache, 0, kvHead, position, expected);
        kernels.attend(queries, 0, cache, 0, kvHead, position, actual);
      }
      assertSame(expected, actual);
    }
  }
}
