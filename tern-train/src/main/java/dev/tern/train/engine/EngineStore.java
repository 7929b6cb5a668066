package dev.tern.train.engine;

import dev.tern.hub.CacheLock;
import dev.tern.hub.HubException;
import dev.tern.hub.HubOptions;
import dev.tern.hub.KnownFile;
import dev.tern.hub.PullEvent;
import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.LongConsumer;

/// Where PyTorch's libraries are kept that Tern has fetched. Safe beside other processes that want
/// the same.
///
/// @param environment says where to keep them and where to fetch them
/// @param options patience, connections and proxies of downloads
record EngineStore(EngineEnvironment environment, HubOptions options) {
  private static final String ELSEWHERE = "set XDG_CACHE_HOME to a folder elsewhere";
  private static final long EVENT_INTERVAL_NANOS = 100_000_000;

  /// {@return the folder with the libraries; fetched if they are not there}
  ///
  /// @throws TrainingEngineException if they cannot be fetched or kept
  /// @throws InterruptedIOException if the thread is interrupted
  Path locate(EnginePackage wanted, EngineProgress progress) throws IOException {
    Path folder = environment.folder().resolve(wanted.folder());
    if (EngineArchive.isUnpacked(folder, wanted)) {
      return folder;
    }
    Path lock = folder.resolveSibling(wanted.folder() + ".lock");
    try (CacheLock _ =
        CacheLock.acquire(
            lock, ELSEWHERE, () -> progress.fetching(new PullEvent.Waiting(wanted.archive())))) {
      if (!EngineArchive.isUnpacked(folder, wanted)) {
        fetch(wanted, folder, progress);
      }
      return folder;
    } catch (HubException failure) {
      throw asEngineFailure(failure, wanted);
    } catch (FileSystemException failure) {
      throw new TrainingEngineException(
          Reason.CACHE,
          "%s cannot be used (%s): see that it may be written and has room, or %s"
              .formatted(
                  failure.getFile(),
                  failure.getReason() == null
                      ? failure.getClass().getSimpleName()
                      : failure.getReason(),
                  ELSEWHERE),
          failure);
    }
  }

  private void fetch(EnginePackage wanted, Path folder, EngineProgress progress)
      throws IOException {
    Path archive = folder.resolveSibling(wanted.archive());
    requireRoom(wanted, archive);
    KnownFile file =
        new KnownFile(
            environment.address(wanted.path()),
            wanted.bytes(),
            wanted.sha256(),
            "set %s to a Maven repository that has it".formatted(EngineEnvironment.REPOSITORY),
            ELSEWHERE);
    file.fetch(archive, options, progress::fetching);
    // What is there is incomplete, or it would have been used.
    EngineArchive.deleteFolder(folder);
    new EngineArchive(archive, wanted).unpack(folder, throttled(wanted, progress));
    Files.delete(archive);
  }

  private void requireRoom(EnginePackage wanted, Path archive) throws IOException {
    Path parent = environment.folder();
    Files.createDirectories(parent);
    long needed = wanted.unpackedBytes() + (Files.exists(archive) ? 0 : wanted.bytes());
    long free = Files.getFileStore(parent).getUsableSpace();
    if (needed > free) {
      throw new TrainingEngineException(
          Reason.CACHE,
          String.format(
              Locale.ROOT,
              "the training engine needs %.0f MB and %s has %.0f MB: make room, or %s",
              needed / 1e6,
              parent,
              free / 1e6,
              ELSEWHERE));
    }
  }

  private static LongConsumer throttled(EnginePackage wanted, EngineProgress progress) {
    long[] last = {System.nanoTime()};
    return done -> {
      long now = System.nanoTime();
      if (now - last[0] > EVENT_INTERVAL_NANOS || done == wanted.unpackedBytes()) {
        last[0] = now;
        progress.unpacking(done, wanted.unpackedBytes());
      }
    };
  }

  private TrainingEngineException asEngineFailure(HubException failure, EnginePackage wanted)
      throws TrainingEngineException {
    if (failure.reason() == HubException.Reason.CACHE) {
      return new TrainingEngineException(Reason.CACHE, failure.getMessage(), failure);
    }
    return new TrainingEngineException(
        Reason.FETCH,
        "%s. Training needs PyTorch, which is fetched once (%.0f MB); without a network, put %s into %s by hand, or set %s"
            .formatted(
                failure.getMessage(),
                wanted.bytes() / 1e6,
                environment.address(wanted.path()),
                environment.folder(),
                EngineEnvironment.LIBRARY_PATH),
        failure);
  }
}
