package dev.tern.server.http;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Does things when their time is over. Safe for use by many threads.
final class Deadlines implements AutoCloseable {
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("tern-deadlines").daemon().factory());

  Deadlines() {
    timer.setRemoveOnCancelPolicy(true);
    // A connection that outlives the server for a moment ends without deadlines.
    timer.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
  }

  /// A thing that is to be done.
  interface Deadline extends AutoCloseable {
    /// Met: it is not done any more.
    @Override
    void close();
  }

  /// {@return what has to be closed in time}
  ///
  /// @param time from now on
  /// @param action what is done else, on a thread of its own
  Deadline within(Duration time, Runnable action) {
    var waiting =
        timer.schedule(
            () -> Thread.ofVirtual().start(action), time.toNanos(), TimeUnit.NANOSECONDS);
    return () -> waiting.cancel(false);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
