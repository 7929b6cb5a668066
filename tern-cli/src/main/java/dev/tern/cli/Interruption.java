package dev.tern.cli;

import dev.tern.Generation;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes Ctrl-C, or a request to terminate, end a generation or a training cleanly: what was done
/// stays, and the command finishes its output before the process ends with the signal's usual exit
/// code.
///
/// Closed when the output is finished.
final class Interruption implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 5;

  private final CountDownLatch finished = new CountDownLatch(1);
  private final Thread hook = Thread.ofPlatform().unstarted(this::interrupt);
  private final long patienceSeconds;
  private volatile @Nullable Runnable ending;
  private volatile boolean requested;

  Interruption() {
    this(PATIENCE_SECONDS);
  }

  /// Waits for some time for the command to finish.
  Interruption(long patienceSeconds) {
    this.patienceSeconds = patienceSeconds;
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Names the generation to cancel; before there is one, the process ends at once.
  void guard(Generation generation) {
    guard(generation::cancel);
  }

  /// Names what ends that which is going on; before, the process ends at once.
  void guard(Runnable end) {
    ending = end;
  }

  /// {@return whether the process is ending, so that nothing new should be begun}
  boolean requested() {
    return requested;
  }

  private void interrupt() {
    requested = true;
    Runnable end = ending;
    if (end == null) {
      return;
    }
    end.run();
    try {
      finished.await(patienceSeconds, TimeUnit.SECONDS);
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
