package dev.tern.hub;

import dev.tern.hub.PartialFile.PartialFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/// The folders of the cache, laid out as Hugging Face's own tools do, so that each finds what the
/// other has fetched:
///
/// ```
/// models--OWNER--NAME/blobs/CHECKSUM           the content of files
///                     snapshots/COMMIT/FILE    links to it
///                     refs/REVISION            the commit that a branch or tag was at
/// .locks/models--OWNER--NAME/                  locks
/// ```
///
/// What is not complete is called `CHECKSUM.tern.incomplete`: Hugging Face's tools call theirs
/// `CHECKSUM.incomplete` and take its length for what has arrived, which in a file that is fetched
/// in parts it is not. Locks have names of their own as well, because those tools delete theirs.
final class HubCache {
  static final String INCOMPLETE = ".tern.incomplete";
  private static final String NOTE = ".tern.arrived";
  private static final String PREFIX = "models--";
  private static final String TEMPORARY = ".tern-";
  private static final int LONGEST_REF = 200;

  private final Path root;

  HubCache(Path root) {
    this.root = root;
  }

  Path root() {
    return root;
  }

  /// {@return the folder of a repository}
  Path repository(String repository) {
    return root.resolve(PREFIX + repository.replace("/", "--"));
  }

  /// {@return the repositories of models that have a folder, in order}
  List<String> repositories() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(root)) {
      return folders
          .filter(Files::isDirectory)
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.startsWith(PREFIX))
          .map(name -> name.substring(PREFIX.length()).replaceFirst("--", "/"))
          .filter(ModelReference::isRepository)
          .sorted()
          .toList();
    }
  }

  Path blobs(String repository) {
    return repository(repository).resolve("blobs");
  }

  Path blob(String repository, Checksum checksum) {
    return blobs(repository).resolve(checksum.hex());
  }

  PartialFiles partial(String repository, Checksum checksum) {
    Path blobs = blobs(repository);
    return new PartialFiles(
        blobs.resolve(checksum.hex() + INCOMPLETE), blobs.resolve(checksum.hex() + NOTE));
  }

  /// {@return the files of a download that was not completed, known by the name of its data}
  PartialFiles partial(Path data) {
    String name = data.getFileName().toString();
    return new PartialFiles(
        data, data.resolveSibling(name.substring(0, name.length() - INCOMPLETE.length()) + NOTE));
  }

  Path lock(String repository, String digits) {
    return root.resolve(".locks")
        .resolve(PREFIX + repository.replace("/", "--"))
        .resolve(digits + ".tern.lock");
  }

  Path snapshots(String repository) {
    return repository(repository).resolve("snapshots");
  }

  Path snapshot(String repository, String commit) {
    return snapshots(repository).resolve(commit);
  }

  Path refs(String repository) {
    return repository(repository).resolve("refs");
  }

  /// {@return the commit that a revision was at when it was last pulled}
  Optional<String> commit(ModelReference reference) throws IOException {
    if (reference.isPinned()) {
      return Optional.of(reference.revision());
    }
    return readRef(refs(reference.repository()).resolve(reference.revision()));
  }

  static Optional<String> readRef(Path ref) throws IOException {
    try {
      return Files.isRegularFile(ref) && Files.size(ref) <= LONGEST_REF
          ? Optional.of(Files.readString(ref).strip()).filter(ModelReference::isCommit)
          : Optional.empty();
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /// Notes where a branch or tag is.
  void putRef(ModelReference reference, String commit) throws IOException {
    if (reference.isPinned()) {
      return;
    }
    Path ref = refs(reference.repository()).resolve(reference.revision());
    Files.createDirectories(ref.getParent());
    Path fresh = temporary(ref);
    Files.writeString(fresh, commit);
    Files.move(fresh, ref, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /// Makes a blob a file of a snapshot: by a link as Hugging Face's tools make it; where links
  /// cannot be made, by a second name for the same bytes; where that cannot either, by a copy.
  ///
  /// @return the file
  Path link(String repository, String commit, String name, Path blob) throws IOException {
    Path file = snapshot(repository, commit).resolve(name);
    Path folder = file.resolve("..").normalize();
    if (Files.exists(file) && Files.isSameFile(file, blob)) {
      return file;
    }
    Files.createDirectories(folder);
    Path fresh = temporary(file);
    try {
      try {
        Files.createSymbolicLink(fresh, folder.relativize(blob));
      } catch (IOException | UnsupportedOperationException noLinks) {
        createSecondName(fresh, blob);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(fresh);
    }
    return file;
  }

  private static void createSecondName(Path name, Path blob) throws IOException {
    try {
      Files.createLink(name, blob);
    } catch (IOException | UnsupportedOperationException noLinks) {
      Files.copy(blob, name);
    }
  }

  private static Path temporary(Path file) {
    long random = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
    return file.resolveSibling(TEMPORARY + Long.toHexString(random));
  }

  /// {@return the files of a folder that are there, by their names with slashes, in order}
  List<String> files(Path folder) throws IOException {
    return names(folder).stream()
        .filter(name -> Files.isRegularFile(folder.resolve(name)))
        .toList();
  }

  /// {@return the names of files in a folder, those of links that lead nowhere too, with slashes,
  /// in order}
  List<String> names(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .map(file -> folder.relativize(file).toString().replace('\\', '/'))
          .filter(name -> !name.substring(name.lastIndexOf('/') + 1).startsWith(TEMPORARY))
          .sorted()
          .toList();
    }
  }

  /// Checks that there is room before anything is fetched.
  ///
  /// @param bytes what is going to be written
  void requireRoom(long bytes) throws IOException {
    DiskRoom.require(
        root, bytes, "make room ('tern ls' and 'tern rm' help), or " + HubOrigin.ELSEWHERE);
  }
}
