package dev.tern.convert;

/// Told how far a conversion has come.
@FunctionalInterface
public interface ConversionProgress {
  /// Told that a tensor's turn has come.
  ///
  /// @param tensor its name
  /// @param done how many tensors have been written
  /// @param count how many there are
  void beginning(String tensor, int done, int count);
}
