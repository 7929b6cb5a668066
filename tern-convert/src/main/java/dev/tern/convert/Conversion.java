package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Path;

/// Something that writes a model in another form.
///
/// Not safe for use by several threads.
public sealed interface Conversion permits GgufConversion, HuggingFaceExport, Float8Export {
  /// Sets who is told of each tensor.
  ///
  /// @param listener told before a tensor is written
  /// @return this
  Conversion onProgress(ConversionProgress listener);

  /// Finds out, before any work is done, whether the model can be written there, as far as that can
  /// be known without reading its weights.
  ///
  /// @param target the file or folder
  /// @param overwrite whether it may replace another
  /// @throws IOException if something is there and may not be replaced, the disk has no room, or a
  ///   file cannot be read
  /// @throws UnsupportedModelException if the model cannot be written so
  /// @throws dev.tern.ModelFormatException if the model's files are damaged
  void check(Path target, boolean overwrite) throws IOException;

  /// Checks, and writes the model. What ends this early leaves nothing that could be taken for a
  /// model.
  ///
  /// @param target the file or folder
  /// @param overwrite whether it may replace another
  /// @return what was written
  /// @throws IOException if something is there and may not be replaced, the disk has no room, or
  ///   reading or writing fails
  /// @throws UnsupportedModelException if the model cannot be written so
  /// @throws dev.tern.ModelFormatException if the model's files are damaged
  ConversionReport write(Path target, boolean overwrite) throws IOException;
}
