package dev.tern.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Compares what is in the cache with the checksums by which it is named.
final class Verification {
  private final PullListener listener;

  /// Content that several snapshots name is looked at once.
  private final Map<Path, VerifiedFile.State> known = new HashMap<>();

  Verification(PullListener listener) {
    this.listener = listener;
  }

  /// {@return what was found of some files of a snapshot}
  List<VerifiedFile> run(String repository, Path snapshot, List<String> files) throws IOException {
    List<VerifiedFile> found = new ArrayList<>();
    for (String name : files) {
      found.add(new VerifiedFile(repository, name, state(name, snapshot.resolve(name))));
    }
    return found;
  }

  private VerifiedFile.State state(String name, Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      return VerifiedFile.State.MISSING;
    }
    Path content = Files.isSymbolicLink(file) ? file.toRealPath() : secondName(file);
    VerifiedFile.State state = known.get(content);
    if (state == null) {
      state = check(name, content);
      known.put(content, state);
    }
    return state;
  }

  /// Where links cannot be made, the blob has the same content under a name of its own.
  private static Path secondName(Path file) throws IOException {
    Path folder = file.getParent();
    while (folder != null && !Files.isDirectory(folder.resolve("blobs"))) {
      folder = folder.getParent();
    }
    if (folder == null) {
      return file;
    }
    try (var blobs = Files.list(folder.resolve("blobs"))) {
      for (Path blob : blobs.toList()) {
        if (Files.isSameFile(blob, file)) {
          return blob;
        }
      }
    }
    return file;
  }

  private VerifiedFile.State check(String name, Path content) throws IOException {
    Optional<Checksum> checksum = Checksum.of(content.getFileName().toString());
    if (checksum.isEmpty()) {
      return VerifiedFile.State.UNKNOWN;
    }
    long size = Files.size(content);
    long[] last = {0};
    boolean right =
        checksum
            .get()
            .matches(
                content,
                checked -> {
                  long now = System.nanoTime();
                  if (now - last[0] > PartDownload.EVENT_INTERVAL_NANOS) {
                    last[0] = now;
                    listener.on(new PullEvent.Verifying(name, checked, size));
                  }
                });
    return right ? VerifiedFile.State.INTACT : VerifiedFile.State.DAMAGED;
  }
}
