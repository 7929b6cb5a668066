package dev.tern.hub;

import dev.tern.hub.PartialFile.PartialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Brings one file into the cache.
final class FilePull {
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
        CacheLock.acquire(
            lock,
            HubOrigin.ELSEWHERE,
            () -> tools.listener().on(new PullEvent.Waiting(file.name())))) {
      if (isThere()) {
        tools.listener().on(new PullEvent.Present(file.name()));
      } else {
        fetch();
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
    new CheckedDownload(tools, new HubOrigin(tools.api(), pinned), file, paths, blob()).run();
  }
}
