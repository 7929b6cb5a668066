package dev.tern.train.data;

/// Is told how far a long work has come.
@FunctionalInterface
public interface ProgressListener {
  /// Tells nobody.
  ProgressListener NONE = (activity, done, total) -> {};

  /// Takes a note; several times a second at most, and once when an activity is done.
  ///
  /// @param activity what is being done, for people, for example `tokenizing stories.txt`
  /// @param done how much of it, in bytes or steps
  /// @param total all of it
  void advanced(String activity, long done, long total);
}
