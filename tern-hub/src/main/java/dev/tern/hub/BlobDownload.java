package dev.tern.hub;

import dev.tern.hub.ByteRanges.Range;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Fetches the bytes of one file that are still missing, several parts at once where the server
/// allows it.
final class BlobDownload {
  /// The first part is small: it shows whether the server knows ranges at all.
  private static final long FIRST_PART = 1 << 20;

  private static final long PART = 16 << 20;

  private final PullTools tools;
  private final RemoteFile file;
  private final PartialFile partial;
  private final PartDownload parts;

  BlobDownload(
      PullTools tools, FileOrigin origin, RemoteFile file, PartialFile partial, boolean checkTags) {
    this.tools = tools;
    this.file = file;
    this.partial = partial;
    this.parts = new PartDownload(tools, origin, file, partial, checkTags);
  }

  /// Fetches everything that is missing.
  ///
  /// @throws ContentChangedException if what has arrived cannot be completed
  /// @throws HubException if it cannot be fetched; what has arrived stays for the next attempt
  void run() throws IOException {
    tools.listener().on(new PullEvent.Started(file.name(), partial.present(), file.size()));
    try {
      fetch();
    } catch (IOException | RuntimeException failure) {
      try {
        saveNote();
      } catch (IOException worse) {
        failure.addSuppressed(worse);
      }
      throw failure;
    }
    saveNote();
  }

  private void fetch() throws IOException {
    Optional<Range> first = partial.take(FIRST_PART);
    if (first.isPresent() && parts.fetch(first.get(), true)) {
      long missing = file.size() - partial.present();
      int workers = (int) Math.min(tools.options().connections(), (missing + PART - 1) / PART);
      if (workers > 1) {
        fetchInParallel(workers);
      } else {
        fetchRemaining();
      }
    }
  }

  /// An interrupted thread may not write files; what has arrived is noted all the same.
  private void saveNote() throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      partial.save();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean fetchRemaining() throws IOException {
    for (Optional<Range> part = partial.take(PART); part.isPresent(); part = partial.take(PART)) {
      parts.fetch(part.get(), false);
    }
    return true;
  }

  /// Returns only when no worker runs any more, so that nothing is written behind anybody's back.
  private void fetchInParallel(int workers) throws IOException {
    try (ExecutorService executor =
        Executors.newFixedThreadPool(
            workers, Thread.ofPlatform().daemon().name("tern-pull-", 0).factory())) {
      ExecutorCompletionService<Boolean> results = new ExecutorCompletionService<>(executor);
      for (int i = 0; i < workers; i++) {
        results.submit(this::fetchRemaining);
      }
      try {
        for (int i = 0; i < workers; i++) {
          results.take().get();
        }
      } catch (ExecutionException failed) {
        executor.shutdownNow();
        throw asThrown(failed.getCause() == null ? failed : failed.getCause());
      } catch (InterruptedException interrupted) {
        executor.shutdownNow();
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while fetching " + file.name());
      }
    }
  }

  private static IOException asThrown(Throwable cause) {
    return switch (cause) {
      case IOException expected -> expected;
      case RuntimeException defect -> throw defect;
      default -> throw new IllegalStateException(cause);
    };
  }
}
