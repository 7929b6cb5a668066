package dev.tern.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Whether there is room for what is going to be fetched.
final class DiskRoom {
  private DiskRoom() {}

  /// Checks that there is room before anything is fetched.
  ///
  /// @param folder where it is going to be written; made if it is not there
  /// @param bytes what is going to be written
  /// @param advice what to do if there is no room
  static void require(Path folder, long bytes, String advice) throws IOException {
    Files.createDirectories(folder);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (bytes > free) {
      throw new HubException(
          HubException.Reason.CACHE,
          "%s is needed and %s has %s: %s"
              .formatted(Sizes.format(bytes), folder, Sizes.format(free), advice));
    }
  }
}
