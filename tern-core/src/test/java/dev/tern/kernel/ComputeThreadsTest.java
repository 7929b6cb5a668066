package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComputeThreadsTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void computesEveryItemExactlyOnceInRangesOfWholeGrains(int count) {
    try (ComputeThreads threads = new ComputeThreads(count)) {
      for (int items : new int[] {0, 1, 7, 8, 9, 1_000}) {
        for (int grain : new int[] {1, 8}) {
          AtomicIntegerArray times = new AtomicIntegerArray(items);
          threads.run(
              items,
              grain,
              (from, to) -> {
                assertEquals(0, from % grain);
                for (int i = from; i < to; i++) {
                  times.incrementAndGet(i);
                }
              });
          for (int i = 0; i < items; i++) {
            assertEquals(1, times.get(i));
          }
        }
      }
    }
  }

  @Test
  void handsAFailureOfAnyThreadToTheCallerAndGoesOn() {
    try (ComputeThreads threads = new ComputeThreads(3)) {
      for (int failing : new int[] {0, 50, 99}) {
        ArithmeticException failure =
            assertThrows(
                ArithmeticException.class,
                () ->
                    threads.run(
                        100,
                        1,
                        (from, to) -> {
                          if (from <= failing && failing < to) {
                            throw new ArithmeticException("item " + failing);
                          }
                        }));
        assertEquals("item " + failing, failure.getMessage());
      }
      AtomicLong sum = new AtomicLong();
      threads.run(100, 1, (from, to) -> sum.addAndGet(to - from));
      assertEquals(100, sum.get());
    }
  }

  @Test
  void letsManyCallersTakeTurns() throws InterruptedException {
    try (ComputeThreads threads = new ComputeThreads(2)) {
      AtomicLong sum = new AtomicLong();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        callers.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int round = 0; round < 200; round++) {
                    threads.run(10, 1, (from, to) -> sum.addAndGet(to - from));
                  }
                }));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(4 * 200 * 10, sum.get());
    }
  }

  @Test
  void keepsManySmallRangesApart() {
    try (ComputeThreads threads = new ComputeThreads(4)) {
      for (int round = 0; round < 20_000; round++) {
        int items = 2 + round % 7;
        AtomicIntegerArray times = new AtomicIntegerArray(items);
        threads.run(
            items,
            1,
            (from, to) -> {
              for (int i = from; i < to; i++) {
                times.incrementAndGet(i);
              }
            });
        for (int i = 0; i < items; i++) {
          assertEquals(1, times.get(i));
        }
      }
    }
  }

  @Test
  void refusesToShareOutARangeWithinAnother() {
    try (ComputeThreads threads = new ComputeThreads(2)) {
      Thread caller = Thread.currentThread();
      CountDownLatch refused = new CountDownLatch(1);
      threads.run(
          10,
          1,
          (_, _) -> {
            if (Thread.currentThread().equals(caller)) {
              assertThrows(IllegalStateException.class, () -> threads.run(10, 1, (_, _) -> {}));
              refused.countDown();
            } else {
              // So that something is left for the caller.
              assertDoesNotThrow(() -> refused.await());
            }
          });
      assertEquals(0, refused.getCount());
      AtomicLong sum = new AtomicLong();
      threads.run(100, 1, (from, to) -> sum.addAndGet(to - from));
      assertEquals(100, sum.get());
    }
  }

  @Test
  void wakesUpAfterALongPause() throws InterruptedException {
    try (ComputeThreads threads = new ComputeThreads(2)) {
      for (int round = 0; round < 3; round++) {
        Thread.sleep(30);
        AtomicLong sum = new AtomicLong();
        threads.run(10, 1, (from, to) -> sum.addAndGet(to - from));
        assertEquals(10, sum.get());
      }
    }
  }

  @Test
  void refusesWorkOnceClosed() {
    ComputeThreads threads = new ComputeThreads(2);
    threads.close();
    assertThrows(IllegalStateException.class, () -> threads.run(10, 1, (from, to) -> {}));
    assertThrows(IllegalArgumentException.class, () -> new ComputeThreads(0));
    assertTrue(threads.count() == 2);
  }
}
