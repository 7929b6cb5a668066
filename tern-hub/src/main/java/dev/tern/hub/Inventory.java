package dev.tern.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What is in the cache.
final class Inventory {
  private final HubCache cache;

  Inventory(HubCache cache) {
    this.cache = cache;
  }

  List<CachedModel> models() throws IOException {
    List<CachedModel> models = new ArrayList<>();
    for (String repository : cache.repositories()) {
      models.addAll(models(repository));
    }
    return models;
  }

  private List<CachedModel> models(String repository) throws IOException {
    List<CachedModel> models = new ArrayList<>();
    Map<String, String> revisions = revisions(repository);
    for (Path snapshot : folders(cache.snapshots(repository))) {
      String commit = snapshot.getFileName().toString();
      if (!ModelReference.isCommit(commit)) {
        continue;
      }
      String revision = revisions.getOrDefault(commit, commit);
      ModelReference whole = new ModelReference(repository, revision, Optional.empty());
      List<String> files = cache.files(snapshot);
      List<String> ggufs = files.stream().filter(name -> name.endsWith(".gguf")).toList();
      for (String name : ggufs) {
        models.add(
            model(whole.withSelector(name), snapshot.resolve(name), snapshot, List.of(name), true));
      }
      if (files.stream().anyMatch(name -> name.endsWith(".safetensors"))) {
        List<String> others = files.stream().filter(name -> !ggufs.contains(name)).toList();
        models.add(model(whole, snapshot, snapshot, others, CheckpointFiles.isComplete(others)));
      }
    }
    models.addAll(unfinished(repository));
    return models;
  }

  private static CachedModel model(
      ModelReference reference, Path path, Path snapshot, List<String> files, boolean complete)
      throws IOException {
    long bytes = 0;
    Instant used = Instant.EPOCH;
    for (String name : files) {
      BasicFileAttributes attributes =
          Files.readAttributes(snapshot.resolve(name), BasicFileAttributes.class);
      bytes += attributes.size();
      Instant read = attributes.lastAccessTime().toInstant();
      used = read.isAfter(used) ? read : used;
    }
    return new CachedModel(
        reference,
        path,
        snapshot.getFileName().toString(),
        files,
        bytes,
        files.size() == 1 ? FileChoice.encoding(files.getFirst()) : Optional.empty(),
        used,
        complete);
  }

  /// Downloads that were not completed. Which file they are of is not known here.
  private List<CachedModel> unfinished(String repository) throws IOException {
    List<CachedModel> unfinished = new ArrayList<>();
    for (Path data : unfinishedData(cache, repository)) {
      BasicFileAttributes attributes = Files.readAttributes(data, BasicFileAttributes.class);
      unfinished.add(
          new CachedModel(
              new ModelReference(repository, ModelReference.DEFAULT_REVISION, Optional.empty()),
              data,
              "",
              List.of(),
              PartialFile.noted(cache.partial(data)),
              Optional.empty(),
              attributes.lastModifiedTime().toInstant(),
              false));
    }
    return unfinished;
  }

  static List<Path> unfinishedData(HubCache cache, String repository) throws IOException {
    Path blobs = cache.blobs(repository);
    if (!Files.isDirectory(blobs)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(blobs)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(HubCache.INCOMPLETE))
          .sorted()
          .toList();
    }
  }

  /// {@return a branch or tag for each commit that one is at, `main` before others; commits without
  /// one are known by themselves}
  private Map<String, String> revisions(String repository) throws IOException {
    Map<String, String> revisions = new LinkedHashMap<>();
    for (Map.Entry<String, String> ref : refs(cache, repository).entrySet()) {
      if (!revisions.containsKey(ref.getValue())
          || ref.getKey().equals(ModelReference.DEFAULT_REVISION)) {
        revisions.put(ref.getValue(), ref.getKey());
      }
    }
    return revisions;
  }

  /// {@return the commit of each branch and tag}
  static Map<String, String> refs(HubCache cache, String repository) throws IOException {
    Map<String, String> refs = new LinkedHashMap<>();
    Path folder = cache.refs(repository);
    for (String name : cache.files(folder)) {
      Optional<String> commit = HubCache.readRef(folder.resolve(name));
      if (commit.isPresent() && FileNames.objection(name).isEmpty()) {
        refs.put(name, commit.get());
      }
    }
    return refs;
  }

  static List<Path> folders(Path parent) throws IOException {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(parent)) {
      return children.filter(Files::isDirectory).sorted().toList();
    }
  }
}
