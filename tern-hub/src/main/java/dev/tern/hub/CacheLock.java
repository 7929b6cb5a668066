package dev.tern.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The right to write one file of the cache, for one thread of one process. The operating system
/// takes it back from a process that dies.
///
/// The file of the lock stays: taking it away would let two others lock two files of one name.
public final class CacheLock implements AutoCloseable {
  private static final int POLL_MILLIS = 100;

  /// What this process locks or tries to. Closing any channel to a file gives up all locks that a
  /// process has on it, so nobody may even open it a second time.
  private static final Set<Path> CLAIMED = ConcurrentHashMap.newKeySet();

  private final Path key;
  private final FileChannel channel;

  private CacheLock(Path key, FileChannel channel) {
    this.key = key;
    this.channel = channel;
  }

  /// Waits for a lock.
  ///
  /// @param file of the lock; made, with its folder, if it is not there
  /// @param elsewhere how to have it in another folder, for the message if it cannot be
  /// @param whenWaiting runs once if somebody else has it
  /// @return the lock
  /// @throws HubException if the file cannot be locked
  /// @throws IOException if the thread is interrupted
  public static CacheLock acquire(Path file, String elsewhere, Runnable whenWaiting)
      throws IOException {
    boolean said = false;
    while (true) {
      Optional<CacheLock> lock = tryAcquire(file, elsewhere);
      if (lock.isPresent()) {
        return lock.get();
      }
      if (!said) {
        whenWaiting.run();
        said = true;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while waiting for another pull");
      }
    }
  }

  /// {@return the lock, unless somebody else has it}
  ///
  /// @param elsewhere how to have it in another folder, for the message if it cannot be
  static Optional<CacheLock> tryAcquire(Path file, String elsewhere) throws IOException {
    Path key = file.toAbsolutePath().normalize();
    if (!CLAIMED.add(key)) {
      return Optional.empty();
    }
    FileChannel channel = null;
    FileLock lock = null;
    try {
      Files.createDirectories(file.getParent());
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      lock = channel.tryLock();
      return lock == null ? Optional.empty() : Optional.of(new CacheLock(key, channel));
    } catch (IOException noLocks) {
      throw new HubException(
          HubException.Reason.CACHE,
          "%s cannot be locked (%s): see that it may be written and its file system has locks, or %s"
              .formatted(file, noLocks.getMessage(), elsewhere),
          noLocks);
    } finally {
      if (lock == null) {
        if (channel != null) {
          channel.close();
        }
        CLAIMED.remove(key);
      }
    }
  }

  /// Gives the lock back.
  @Override
  public void close() throws IOException {
    channel.close();
    CLAIMED.remove(key);
  }
}
