package dev.tern.hub;

/// A file that a repository lists.
///
/// @param name its path in the repository, with slashes; not yet known to be safe
/// @param size bytes
/// @param checksum what its content must have
record RemoteFile(String name, long size, Checksum checksum) {}
