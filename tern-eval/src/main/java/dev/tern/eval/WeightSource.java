package dev.tern.eval;

import dev.tern.I2sLayout;
import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.source.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// The tensors of a model, wherever they are stored. Safe for use by many threads.
public interface WeightSource extends AutoCloseable {
  /// {@return the tensors of a model}
  ///
  /// @param path a GGUF file, or a Hugging Face folder
  /// @param layout how its I2_S tensors are packed, which nothing in the file tells
  /// @throws IOException if it cannot be read
  /// @throws ModelFormatException if its bytes are wrong
  /// @throws UnsupportedModelException if it is of another version or byte order
  static WeightSource open(Path path, I2sLayout layout) throws IOException {
    return Files.isDirectory(path)
        ? new CheckpointWeightSource(ModelSource.open(path))
        : new GgufWeightSource(GgufFile.open(path), layout);
  }

  /// {@return what to call the model in messages}
  String source();

  /// {@return the names of all tensors, in the order of the file}
  Set<String> names();

  /// {@return a tensor}
  ///
  /// @param name one of [#names()]
  /// @throws UnsupportedModelException if its encoding is not implemented
  WeightTensor tensor(String name);

  /// Lets go of the model; its tensors must not be used afterwards.
  @Override
  void close();
}
