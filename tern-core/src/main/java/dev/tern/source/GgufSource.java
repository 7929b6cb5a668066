package dev.tern.source;

import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufTensor;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model in a GGUF file, which says everything itself.
public final class GgufSource implements ModelSource {
  private final GgufFile file;
  private final Map<String, SourceTensor> tensors;

  /// Wraps a file.
  ///
  /// @param file closed with this
  GgufSource(GgufFile file) {
    this.file = file;
    Map<String, SourceTensor> byName = new LinkedHashMap<>();
    for (GgufTensor entry : file.tensors().values()) {
      byName.put(
          entry.name(),
          new StoredTensor(
              entry.name(),
              entry.shape(),
              entry.type(),
              entry.byteSize(),
              () -> file.requireTensor(entry.name())));
    }
    this.tensors = Collections.unmodifiableMap(byName);
  }

  /// {@return the file}
  public GgufFile file() {
    return file;
  }

  @Override
  public String source() {
    return file.source();
  }

  @Override
  public long byteSize() {
    return file.byteSize();
  }

  @Override
  public GgufMetadata metadata() {
    return file.metadata();
  }

  @Override
  public Map<String, SourceTensor> tensors() {
    return tensors;
  }

  @Override
  public List<String> notices() {
    return List.of();
  }

  @Override
  public String toString() {
    return source();
  }

  @Override
  public void close() {
    file.close();
  }
}
