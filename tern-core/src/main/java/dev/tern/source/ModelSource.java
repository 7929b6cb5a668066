package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A model in the files that hold it, described in GGUF's terms.
///
/// Immutable and safe for use by many threads. Tensors are valid until [#close()].
public sealed interface ModelSource extends AutoCloseable permits GgufSource, HuggingFaceSource {
  /// Opens a model.
  ///
  /// @param path a GGUF file, or a folder with `config.json` and safetensors files
  /// @return the model, to be closed by the caller
  /// @throws IOException if a file cannot be read, or is not there
  /// @throws ModelFormatException if a file is damaged, or files contradict each other
  /// @throws UnsupportedModelException if the files are of a kind that Tern does not know
  static ModelSource open(Path path) throws IOException {
    return Files.isDirectory(path)
        ? HuggingFaceSource.open(path)
        : new GgufSource(GgufFile.open(path));
  }

  /// Checks, without opening anything, that there is something to open.
  ///
  /// @param path a GGUF file, or a folder with `config.json` and safetensors files
  /// @throws IOException if there is nothing, or a folder that holds no model
  static void requirePresent(Path path) throws IOException {
    if (Files.notExists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isDirectory(path)) {
      HuggingFaceConfig.requirePresent(path);
    }
  }

  /// {@return the model in a GGUF file}
  ///
  /// @param file closed with the model
  static ModelSource of(GgufFile file) {
    return new GgufSource(file);
  }

  /// {@return what to call the model in messages: its path}
  String source();

  /// {@return the size of the files that hold the weights in bytes}
  long byteSize();

  /// {@return what the model is, under GGUF's keys; the tokenizer's only if the files have it so}
  GgufMetadata metadata();

  /// {@return the tensors by the names that GGUF files give them}
  Map<String, SourceTensor> tensors();

  /// {@return what a person should know about how the files were read}
  List<String> notices();

  /// {@return the tensor}
  ///
  /// @param name as GGUF files call it
  /// @throws ModelFormatException if the model does not have it
  default SourceTensor require(String name) {
    SourceTensor tensor = tensors().get(name);
    if (tensor == null) {
      throw new ModelFormatException("%s: the tensor %s is missing".formatted(source(), name));
    }
    return tensor;
  }

  @Override
  void close();
}
