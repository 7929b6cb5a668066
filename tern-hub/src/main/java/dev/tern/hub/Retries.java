package dev.tern.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// Tries again what may succeed later, after pauses that grow and that a server may prolong.
final class Retries {
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_SERVER_WAIT = Duration.ofMinutes(5);

  private final HubOptions options;
  private final PullListener listener;

  /// Something that may fail for a while.
  interface Attempt<T> {
    T run() throws IOException;
  }

  Retries(HubOptions options, PullListener listener) {
    this.options = options;
    this.listener = listener;
  }

  /// {@return what the first successful attempt returns}
  ///
  /// @param what what fails, for the message
  /// @throws HubException if all attempts fail
  <T> T run(String what, Attempt<T> attempt) throws IOException {
    for (int failures = 0; ; ) {
      try {
        return attempt.run();
      } catch (TransientFailure failure) {
        failures++;
        pause(what, failure, failures);
      }
    }
  }

  /// Waits before the next attempt.
  ///
  /// @param failures how many attempts have failed in a row
  /// @throws HubException if there should be no next one
  void pause(String what, TransientFailure failure, int failures) throws IOException {
    if (failures >= options.attempts()) {
      throw new HubException(
          HubException.Reason.NETWORK,
          "%s failed %d times, last because %s: try again later, what has arrived is kept"
              .formatted(what, failures, failure.getMessage()),
          failure);
    }
    if (failure.serverWait().compareTo(LONGEST_SERVER_WAIT) > 0) {
      throw new HubException(
          HubException.Reason.NETWORK,
          "%s failed because %s: try again in %d minutes, what has arrived is kept"
              .formatted(what, failure.getMessage(), failure.serverWait().toMinutes() + 1),
          failure);
    }
    Duration wait = waitAfter(failures);
    if (failure.serverWait().compareTo(wait) > 0) {
      wait = failure.serverWait();
    }
    listener.on(new PullEvent.Retrying(failure.getMessage(), wait));
    try {
      Thread.sleep(wait);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting to try again");
    }
  }

  /// Twice as long each time, and not all of those that failed together at the same moment again.
  private Duration waitAfter(int failures) {
    long doubled = options.firstWait().toMillis() << Math.min(failures - 1, 16);
    long most = Math.min(doubled, LONGEST_PAUSE.toMillis());
    return Duration.ofMillis(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
  }
}
