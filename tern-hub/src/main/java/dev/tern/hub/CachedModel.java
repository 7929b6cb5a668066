package dev.tern.hub;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A model in the cache: a GGUF file, or a folder of files that belong together.
///
/// @param reference a name for it that [ModelHub#find(ModelReference)] takes
/// @param path the file or the folder
/// @param commit the revision of its repository; empty for what is not complete
/// @param files the files it is made of
/// @param bytes what they hold
/// @param encoding the encoding that the name of its file spells
/// @param lastUsed when it was last read, as far as the file system tells
/// @param complete whether all of it is here
public record CachedModel(
    ModelReference reference,
    Path path,
    String commit,
    List<String> files,
    long bytes,
    Optional<String> encoding,
    Instant lastUsed,
    boolean complete) {
  /// Copies the list.
  public CachedModel {
    files = List.copyOf(files);
  }
}
