package dev.tern.hub;

import dev.tern.hub.ByteRanges.Range;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/// A file that is being fetched in parts, beside a note of what has arrived, so that another
/// process can go on after this one was killed at any moment.
///
/// The note may lag behind the data and never runs ahead of it while the machine is up; after a
/// power failure it may, which the checksum of the whole file finds. Safe for use by many threads;
/// only who holds the lock of the file in the cache may have one.
final class PartialFile implements AutoCloseable {
  private static final String FORMAT = "tern partial download 1";
  private static final long SAVE_INTERVAL_NANOS = 250_000_000;
  private static final long LONGEST_NOTE = 1 << 20;

  private final PartialFiles paths;
  private final long size;
  private final FileChannel channel;
  private ByteRanges done = new ByteRanges();
  private final ByteRanges taken = new ByteRanges();
  private String tag = "";
  private long lastSave = System.nanoTime();

  /// Where the data and the note lie.
  ///
  /// @param data the bytes, each at its place
  /// @param note what has arrived
  record PartialFiles(Path data, Path note) {
    void delete() throws IOException {
      // The data last: without its note it is started anew, a note without data as well.
      Files.deleteIfExists(note);
      Files.deleteIfExists(newNote());
      Files.deleteIfExists(data);
    }

    Path newNote() {
      return note.resolveSibling(note.getFileName() + ".new");
    }
  }

  private PartialFile(PartialFiles paths, long size, FileChannel channel) {
    this.paths = paths;
    this.size = size;
    this.channel = channel;
  }

  /// Opens what an earlier attempt left, or begins.
  static PartialFile open(PartialFiles paths, long size) throws IOException {
    FileChannel channel =
        FileChannel.open(
            paths.data(),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    try {
      PartialFile file = new PartialFile(paths, size, channel);
      file.takeNote();
      return file;
    } catch (IOException | RuntimeException failure) {
      channel.close();
      throw failure;
    }
  }

  /// {@return how much an earlier attempt says it left}
  static long noted(PartialFiles paths, long size) throws IOException {
    return readNote(paths, size).map(note -> note.done().count()).orElse(0L);
  }

  /// {@return how much an earlier attempt says it left of a file of unknown size}
  static long noted(PartialFiles paths) throws IOException {
    List<String> lines = noteLines(paths.note());
    return lines.size() == 4 && lines.get(1).matches("size \\d{1,18}")
        ? noted(paths, Long.parseLong(lines.get(1).substring("size ".length())))
        : 0;
  }

  /// What a note says.
  private record Note(String tag, ByteRanges done) {}

  /// Takes the note over if it is whole and fits; otherwise nothing of the data counts.
  private void takeNote() throws IOException {
    Optional<Note> note = readNote(paths, size);
    if (note.isPresent() && note.get().done().end() <= channel.size()) {
      done = note.get().done();
      tag = note.get().tag();
    } else {
      Files.deleteIfExists(paths.note());
      channel.truncate(0);
    }
  }

  private static Optional<Note> readNote(PartialFiles paths, long size) throws IOException {
    List<String> lines = noteLines(paths.note());
    if (lines.size() != 4
        || !lines.get(0).equals(FORMAT)
        || !lines.get(1).equals("size " + size)
        || !lines.get(2).startsWith("tag ")
        || !lines.get(3).startsWith("done ")) {
      return Optional.empty();
    }
    String tag = lines.get(2).substring("tag ".length());
    return ByteRanges.parse(lines.get(3).substring("done ".length()))
        .filter(done -> done.end() <= size)
        .map(done -> new Note(tag, done));
  }

  private static List<String> noteLines(Path note) throws IOException {
    try {
      return Files.size(note) <= LONGEST_NOTE ? Files.readAllLines(note) : List.of();
    } catch (NoSuchFileException | CharacterCodingException _) {
      return List.of();
    }
  }

  /// {@return how many bytes have arrived}
  synchronized long present() {
    return done.count();
  }

  synchronized boolean isComplete() {
    return done.count() == size;
  }

  /// {@return a part that has not arrived and that nobody else is fetching; empty if there is none}
  ///
  /// @param most its greatest length
  synchronized Optional<Range> take(long most) {
    long at = 0;
    while (true) {
      Optional<Range> missing = done.firstGap(at, size, size);
      if (missing.isEmpty()) {
        return missing;
      }
      Optional<Range> free = taken.firstGap(missing.get().from(), missing.get().to(), most);
      if (free.isPresent()) {
        taken.add(free.get().from(), free.get().to());
        return free;
      }
      at = missing.get().to();
    }
  }

  /// Accepts the tag with which a server marks this very content.
  ///
  /// @return whether it is the tag of what has arrived, or the first one
  synchronized boolean acceptTag(String given) {
    if (tag.isEmpty() || done.count() == 0) {
      tag = given;
      return true;
    }
    return tag.equals(given);
  }

  /// Writes bytes to their place and notes them.
  ///
  /// @return how many of them had not arrived before
  long write(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
    synchronized (this) {
      long before = done.count();
      done.add(position, at);
      if (System.nanoTime() - lastSave > SAVE_INTERVAL_NANOS) {
        save();
      }
      return done.count() - before;
    }
  }

  /// Writes the note, as a whole or not at all.
  synchronized void save() throws IOException {
    String text = "%s\nsize %d\ntag %s\ndone %s\n".formatted(FORMAT, size, tag, done);
    Files.writeString(paths.newNote(), text);
    Files.move(paths.newNote(), paths.note(), StandardCopyOption.ATOMIC_MOVE);
    lastSave = System.nanoTime();
  }

  /// Has the operating system write everything to the disk.
  void force() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
