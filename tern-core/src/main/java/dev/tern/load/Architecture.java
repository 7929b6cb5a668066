package dev.tern.load;

import dev.tern.model.BlockStyle;
import java.util.List;

/// What a file's architecture name stands for, where the file itself does not say it.
///
/// Tensor names and metadata keys are the same for all of them (formats page, sections 1.6 and
/// 1.7); an architecture whose are not needs more than this interface.
interface Architecture {
  /// {@return the values of `general.architecture` that mean this architecture}
  List<String> names();

  /// {@return what its blocks are like}
  BlockStyle style();
}
