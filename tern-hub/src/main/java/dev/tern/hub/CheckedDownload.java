package dev.tern.hub;

import dev.tern.hub.PartialFile.PartialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.LongConsumer;

/// Fetches one file, which gets its name when its checksum was found right, in one step, and not
/// before. Only who holds the lock of the file may run it.
final class CheckedDownload {
  private static final int MOST_BEGINNINGS = 2;

  private final PullTools tools;
  private final FileOrigin origin;
  private final RemoteFile file;
  private final PartialFiles paths;
  private final Path target;

  CheckedDownload(
      PullTools tools, FileOrigin origin, RemoteFile file, PartialFiles paths, Path target) {
    this.tools = tools;
    this.origin = origin;
    this.file = file;
    this.paths = paths;
    this.target = target;
  }

  /// Fetches what is missing, and puts the file in its place.
  void run() throws IOException {
    for (int beginning = 1; ; beginning++) {
      try {
        // Servers that mark the same content now so and now so are believed the second time: the
        // checksum is what counts.
        fetchOnce(beginning == 1);
        tools.listener().on(new PullEvent.Finished(file.name(), file.size()));
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

  private void fetchOnce(boolean checkTags) throws IOException {
    boolean resumed;
    try (PartialFile partial = PartialFile.open(paths, file.size())) {
      resumed = partial.present() > 0;
      new BlobDownload(tools, origin, file, partial, checkTags).run();
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
        paths.data(), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
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
        "%s of %s arrived with a wrong checksum and was thrown away: try again; if that does not help, the file there or something on the way is broken"
            .formatted(file.name(), origin.title()));
  }
}
