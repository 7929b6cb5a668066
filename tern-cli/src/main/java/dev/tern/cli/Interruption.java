package dev.tern.cli;

import dev.tern.Generation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes Ctrl-C, or a request to terminate, end a generation cleanly: what was generated stays, and
/// the command finishes its output before the process ends with the signal's usual exit code.
///
/// Closed when the output is finished.
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = Thread.ofPlatform().unstarted(this::interrupt);
  private volatile @Nullable Generation current;
  private volatile boolean requested;

  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Names the generation to cancel; before there is one, the process ends at once.
  void guard(Generation generation) {
    current = generation;
  }

  /// {@return whether the process is ending, so that nothing new should be begun}
  boolean requested() {
    return requested;
  }

  private void interrupt() {
    requested = true;
    Generation running = current;
    if (running == null) {
      return;
    }
    running.cancel();
    try {
      finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException givenUp) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    finished.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending already, which is what the hook waited for.
    }
  }
}
