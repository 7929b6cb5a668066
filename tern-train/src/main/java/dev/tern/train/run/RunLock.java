package dev.tern.train.run;

import dev.tern.train.checkpoint.CheckpointException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The right to train in the folder of a run, which one run of one process has at a time. It ends
/// with the process, whatever ends that.
final class RunLock implements AutoCloseable {
  private static final String NAME = ".lock";

  /// Locks of this process. Where POSIX locks are, to close a second channel of a file would give
  /// up the lock of the first: so there must be no second one.
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private RunLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /// Takes the lock.
  ///
  /// @param folder made if it is not there
  /// @throws CheckpointException if another run has it
  static RunLock take(RunFolder folder) throws IOException {
    Files.createDirectories(folder.root());
    Path file = folder.root().toRealPath().resolve(NAME);
    if (!HELD.add(file)) {
      throw taken(folder);
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      locked = channel.tryLock() != null;
      if (!locked) {
        throw taken(folder);
      }
      return new RunLock(file, channel);
    } catch (OverlappingFileLockException here) {
      throw taken(folder);
    } finally {
      if (!locked) {
        HELD.remove(file);
        if (channel != null) {
          channel.close();
        }
      }
    }
  }

  private static CheckpointException taken(RunFolder folder) {
    return new CheckpointException(
        "%s: another run is at work in this folder; wait until it ends or stop it, or choose another folder with --set output=FOLDER"
            .formatted(folder.root()));
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    } finally {
      HELD.remove(file);
    }
  }
}
