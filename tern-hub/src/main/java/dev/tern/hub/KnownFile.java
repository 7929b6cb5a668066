package dev.tern.hub;

import dev.tern.hub.PartialFile.PartialFiles;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A file of the web whose size and SHA-256 are known before it is fetched, so that it can come
/// from anywhere.
///
/// @param address where it is, `http` or `https`
/// @param size its bytes
/// @param sha256 64 digits in lower case
/// @param source how to have it from somewhere else, for messages: `set VARIABLE to ...`
/// @param elsewhere how to have it in another folder, for messages: `set VARIABLE to ...`
public record KnownFile(URI address, long size, String sha256, String source, String elsewhere) {
  /// Checks the checksum.
  ///
  /// @throws IllegalArgumentException if it is no SHA-256
  public KnownFile {
    if (checksum(sha256).isEmpty()) {
      throw new IllegalArgumentException("'%s' is no SHA-256 in lower case".formatted(sha256));
    }
  }

  private static Optional<Checksum> checksum(String sha256) {
    return Checksum.of(sha256).filter(c -> c.algorithm() == Checksum.Algorithm.SHA_256);
  }

  /// {@return the last part of the address}
  public String name() {
    String path = address.getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /// Fetches the file unless it is there. An attempt that was interrupted goes on where it ended;
  /// several processes that want the same file wait for each other.
  ///
  /// @param target what it is going to be called; it has that name when its checksum was found
  ///   right
  /// @param options patience, connections and proxies; the hub's token is not shown to anybody
  /// @param listener is told how it goes on
  /// @throws HubException if it cannot be fetched or kept
  /// @throws IOException if the thread is interrupted
  public void fetch(Path target, HubOptions options, PullListener listener) throws IOException {
    Path folder = target.toAbsolutePath().normalize().getParent();
    if (folder == null) {
      throw new IOException(target + " is not a file name");
    }
    RemoteFile file = new RemoteFile(name(), size, checksum(sha256).orElseThrow());
    PartialFiles partial =
        new PartialFiles(beside(target, ".tern.incomplete"), beside(target, ".tern.note"));
    try (PullTools tools = PullTools.of(options.forOtherHost(address, folder), listener);
        CacheLock _ =
            CacheLock.acquire(
                beside(target, ".tern.lock"),
                elsewhere,
                () -> listener.on(new PullEvent.Waiting(name())))) {
      if (isThere(target, file)) {
        listener.on(new PullEvent.Present(name()));
        return;
      }
      if (options.offline()) {
        throw new HubException(
            HubException.Reason.OFFLINE,
            "%s is not there, and HF_HUB_OFFLINE forbids to fetch it".formatted(target));
      }
      DiskRoom.require(
          folder, size - PartialFile.noted(partial, size), "make room, or " + elsewhere);
      new CheckedDownload(tools, new Origin(this), file, partial, target).run();
    }
  }

  /// Somebody may have put it there by hand.
  private static boolean isThere(Path target, RemoteFile file) throws IOException {
    return Files.isRegularFile(target)
        && Files.size(target) == file.size()
        && file.checksum().matches(target, _ -> {});
  }

  private static Path beside(Path target, String suffix) {
    return target.resolveSibling(target.getFileName() + suffix);
  }

  private record Origin(KnownFile file) implements FileOrigin {
    @Override
    public URI address(String name) {
      return file.address;
    }

    @Override
    public IOException refusal(HubResponse answer) {
      Optional<TransientFailure> passing = Refusals.passing(answer, "");
      return passing.isPresent()
          ? passing.get()
          : new HubException(
              HubException.Reason.NOT_FOUND,
              "%s does not give out %s (status %d): %s"
                  .formatted(answer.uri().getHost(), file.address, answer.status(), file.source));
    }

    @Override
    public String title() {
      return String.valueOf(file.address.getHost());
    }

    @Override
    public String elsewhere() {
      return file.elsewhere;
    }
  }
}
