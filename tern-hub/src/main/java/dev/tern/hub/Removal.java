package dev.tern.hub;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Takes models out of the cache: the names they have in snapshots, and content that then has no
/// name left.
final class Removal {
  private final HubCache cache;
  private final String repository;

  Removal(HubCache cache, String repository) {
    this.cache = cache;
    this.repository = repository;
  }

  /// Takes files of a snapshot away.
  ///
  /// @param files their names; with the last one the snapshot and its branches and tags go as well
  /// @param unfinished whether downloads that were not completed go too
  /// @return how many bytes became free
  long run(Path snapshot, List<String> files, boolean unfinished) throws IOException {
    List<CacheLock> locks = new ArrayList<>();
    try {
      Set<Path> blobs = new HashSet<>();
      for (String name : files) {
        blobOf(snapshot.resolve(name)).ifPresent(blobs::add);
      }
      List<Path> partials = unfinished ? Inventory.unfinishedData(cache, repository) : List.of();
      // All locks before anything is gone.
      for (Path blob : blobs) {
        locks.add(lock(blob.getFileName().toString()));
      }
      for (Path data : partials) {
        locks.add(lock(data.getFileName().toString().replace(HubCache.INCOMPLETE, "")));
      }
      long freed = 0;
      for (String name : files) {
        freed += deleteName(snapshot, name, blobs);
      }
      Set<Path> needed = blobsInUse();
      for (Path blob : blobs) {
        if (!needed.contains(blob)) {
          freed += Files.size(blob);
          Files.delete(blob);
        }
      }
      for (Path data : partials) {
        freed += PartialFile.noted(cache.partial(data));
        cache.partial(data).delete();
      }
      tidy(snapshot);
      return freed;
    } finally {
      for (CacheLock lock : locks) {
        lock.close();
      }
    }
  }

  private CacheLock lock(String digits) throws IOException {
    return CacheLock.tryAcquire(cache.lock(repository, digits), HubOrigin.ELSEWHERE)
        .orElseThrow(() ->
            new HubException(
                HubException.Reason.CACHE,
                "%s is being fetched by another process: stop that first".formatted(repository)));
  }

  /// {@return the content that a name stands for, if it lies among the blobs of its repository}
  private Optional<Path> blobOf(Path file) throws IOException {
    Path blobs = cache.blobs(repository);
    if (Files.isSymbolicLink(file)) {
      Path target = file.resolveSibling(Files.readSymbolicLink(file)).normalize();
      return blobs.normalize().equals(target.getParent()) && Files.isRegularFile(target)
          ? Optional.of(target)
          : Optional.empty();
    }
    if (!Files.isRegularFile(file) || !Files.isDirectory(blobs)) {
      return Optional.empty();
    }
    // Where links cannot be made, a second name for the same bytes.
    try (Stream<Path> all = Files.list(blobs)) {
      for (Path blob : all.toList()) {
        if (Files.isSameFile(blob, file)) {
          return Optional.of(blob.normalize());
        }
      }
    }
    return Optional.empty();
  }

  private static long deleteName(Path snapshot, String name, Set<Path> blobs) throws IOException {
    Path file = snapshot.resolve(name);
    boolean only =
        Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
            && blobs.stream().noneMatch(blob -> isSame(blob, file));
    long size = only ? Files.size(file) : 0;
    Files.deleteIfExists(file);
    deleteEmptyParents(file, snapshot);
    return size;
  }

  /// Takes empty folders away between a file that is gone and a folder that stays.
  private static void deleteEmptyParents(Path file, Path stays) throws IOException {
    Path folder = file.getParent();
    while (folder != null && !folder.equals(stays) && deleteIfEmpty(folder)) {
      folder = folder.getParent();
    }
  }

  private static boolean isSame(Path a, Path b) {
    try {
      return Files.isSameFile(a, b);
    } catch (IOException _) {
      return false;
    }
  }

  /// {@return the blobs that the repository's snapshots still name}
  private Set<Path> blobsInUse() throws IOException {
    Set<Path> used = new HashSet<>();
    if (Files.isDirectory(cache.snapshots(repository))) {
      try (Stream<Path> files = Files.walk(cache.snapshots(repository))) {
        for (Path file : files.toList()) {
          blobOf(file).ifPresent(used::add);
        }
      }
    }
    return used;
  }

  /// Takes away what nothing is left in.
  private void tidy(Path snapshot) throws IOException {
    deleteIfEmpty(snapshot);
    if (Files.notExists(snapshot)) {
      Path refs = cache.refs(repository);
      for (Map.Entry<String, String> ref : Inventory.refs(cache, repository).entrySet()) {
        if (ref.getValue().equals(snapshot.getFileName().toString())) {
          Path file = refs.resolve(ref.getKey());
          Files.deleteIfExists(file);
          deleteEmptyParents(file, refs);
        }
      }
      deleteIfEmpty(refs);
    }
    deleteIfEmpty(cache.snapshots(repository));
    deleteIfEmpty(cache.blobs(repository));
    deleteIfEmpty(cache.repository(repository));
  }

  private static boolean deleteIfEmpty(Path folder) throws IOException {
    try {
      Files.delete(folder);
      return true;
    } catch (DirectoryNotEmptyException _) {
      return false;
    } catch (NoSuchFileException _) {
      return true;
    }
  }
}
