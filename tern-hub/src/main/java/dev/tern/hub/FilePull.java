package dev.tern.hub;

import dev.tern.hub.PartialFile.PartialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongConsumer;

/// Brings one file into the cache. It gets its final name when its checksum was found right, in one
/// step, and not before.
final class FilePull {
  private static final int MOST_BEGINNINGS = 2;

  private final PullTools tools;
  private final HubCache cache;
  private final ModelReference pinned;
  private final RemoteFile file;

  FilePull(PullTools tools, HubCache cache, ModelReference pinned, RemoteFile file) {
    this.tools = tools;
    this.cache = cache;
    this.pinned = pinned;
    this.file = file;
  }

  /// {@return how many bytes have to be fetched, as far as can be told without waiting}
  long missing() throws IOException {
    if (isThere()) {
      return 0;
    }
    PartialFiles paths = cache.partial(pinned.repository(), file.checksum());
    return file.size() - Math.min(file.size(), PartialFile.noted(paths, file.size()));
  }

  /// Fetches the file unless it is here, and makes it a file of the snapshot.
  ///
  /// @return the file in the snapshot
  Path run() throws IOException {
    Path blob = blob();
    Files.createDirectories(blob.getParent());
    Path lock = cache.lock(pinned.repository(), file.checksum().hex());
    try (CacheLock _ =
        CacheLock.acquire(lock, () -> tools.listener().on(new PullEvent.Waiting(file.name())))) {
      if (isThere()) {
        tools.listener().on(new PullEvent.Present(file.name()));
      } else {
        fetch();
        tools.listener().on(new PullEvent.Finished(file.name(), file.size()));
      }
      return cache.link(pinned.repository(), pinned.revision(), file.name(), blob);
    }
  }

  private Path blob() {
    return cache.blob(pinned.repository(), file.checksum());
  }

  private boolean isThere() throws IOException {
    Path blob = blob();
    return Files.isRegularFile(blob) && Files.size(blob) == file.size();
  }

  private void fetch() throws IOException {
    PartialFiles paths = cache.partial(pinned.repository(), file.checksum());
    for (int beginning = 1; ; beginning++) {
      try {
        // Servers that mark the same content now so and now so are believed the second time: the
        // checksum is what counts.
        fetchOnce(paths, beginning == 1);
        return;
      } catch (ContentChangedException changed) {
        paths.delete();
        if (beginning == MOST_BEGINNINGS) {
          throw damaged();
        }
        tools.listener().on(new PullEvent.StartingAnew(file.name(), changed.getMessage()));
      }
    }
  }

  private void fetchOnce(PartialFiles paths, boolean checkTags) throws IOException {
    boolean resumed;
    try (PartialFile partial = PartialFile.open(paths, file.size())) {
      resumed = partial.present() > 0;
      new BlobDownload(tools, pinned, file, partial, checkTags).run();
      partial.force();
    }
    if (!file.checksum().matches(paths.data(), verifying())) {
      if (resumed) {
        throw new ContentChangedException("the checksum is wrong after resuming");
      }
      paths.delete();
      throw damaged();
    }
    Files.move(
        paths.data(), blob(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    paths.delete();
  }

  private LongConsumer verifying() {
    long[] last = {0};
    return checked -> {
      long now = System.nanoTime();
      if (now - last[0] > PartDownload.EVENT_INTERVAL_NANOS) {
        last[0] = now;
        tools.listener().on(new PullEvent.Verifying(file.name(), checked, file.size()));
      }
    };
  }

  private HubException damaged() {
    return new HubException(
        HubException.Reason.DAMAGED,
        "%s of %s arrived with a wrong checksum and was thrown away: try again; if that does not help, the file on the hub or something on the way is broken"
            .formatted(file.name(), pinned.repository()));
  }
}
