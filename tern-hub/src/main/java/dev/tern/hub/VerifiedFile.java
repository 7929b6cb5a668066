package dev.tern.hub;

/// A file of the cache that was compared with its checksum.
///
/// @param repository owner and name
/// @param file its name in the repository, or in the cache where it has no other
/// @param state what was found
public record VerifiedFile(String repository, String file, State state) {
  /// What can be found.
  public enum State {
    /// The content has its checksum.
    INTACT,
    /// The content has another checksum.
    DAMAGED,
    /// The name is there, the content is gone.
    MISSING,
    /// The cache holds no checksum for it.
    UNKNOWN
  }
}
