package dev.tern.safetensors;

import dev.tern.ModelFormatException;
import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The tensors of a model: in `model.safetensors`, or in the files that
/// `model.safetensors.index.json` names.
///
/// Safe for use by many threads. Tensors are valid until [#close()].
public final class SafetensorsFolder implements AutoCloseable {
  /// The file of a model that is in one piece.
  public static final String SINGLE = "model.safetensors";

  /// The file that says which tensor is in which file.
  public static final String INDEX = "model.safetensors.index.json";

  private final String source;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsTensor> tensors;

  private SafetensorsFolder(
      String source, List<SafetensorsFile> files, Map<String, SafetensorsTensor> tensors) {
    this.source = source;
    this.files = List.copyOf(files);
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /// {@return whether a folder has tensors that this reads}
  ///
  /// @param folder any path
  public static boolean isPresent(Path folder) {
    return Files.isRegularFile(folder.resolve(INDEX))
        || Files.isRegularFile(folder.resolve(SINGLE));
  }

  /// Maps and validates the files of a folder. The index is preferred where there is a single file
  /// as well, because that is what Hugging Face's own conversions leave behind.
  ///
  /// @param folder a folder
  /// @return its tensors, to be closed by the caller
  /// @throws NoSuchFileException if a file is missing
  /// @throws IOException if a file cannot be opened or mapped
  /// @throws ModelFormatException if a file is damaged, or the index contradicts the files
  public static SafetensorsFolder open(Path folder) throws IOException {
    List<SafetensorsFile> files = new ArrayList<>();
    try {
      Path index = folder.resolve(INDEX);
      return Files.isRegularFile(index)
          ? openIndexed(folder, Json.read(index), files)
          : openSingle(folder, files);
    } catch (Throwable failure) {
      files.forEach(SafetensorsFile::close);
      throw failure;
    }
  }

  private static SafetensorsFolder openSingle(Path folder, List<SafetensorsFile> files)
      throws IOException {
    SafetensorsFile file = SafetensorsFile.open(folder.resolve(SINGLE));
    files.add(file);
    return new SafetensorsFolder(folder.toString(), files, file.tensors());
  }

  private static SafetensorsFolder openIndexed(
      Path folder, JsonView index, List<SafetensorsFile> files) throws IOException {
    JsonView weightMap = index.get("weight_map");
    Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
    Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();
    for (String name : weightMap.members().keySet()) {
      String fileName = weightMap.get(name).string();
      SafetensorsFile file = byName.get(fileName);
      if (file == null) {
        file = SafetensorsFile.open(inside(folder, weightMap.get(name), fileName));
        files.add(file);
        byName.put(fileName, file);
      }
      SafetensorsTensor tensor = file.tensors().get(name);
      if (tensor == null) {
        throw new ModelFormatException(
            "%s: the tensor %s should be in %s, which does not have it"
                .formatted(index.source(), name, fileName));
      }
      tensors.put(name, tensor);
    }
    for (SafetensorsFile file : files) {
      for (String name : file.tensors().keySet()) {
        if (!tensors.containsKey(name)) {
          throw new ModelFormatException(
              "%s: the file %s has the tensor %s, which the index does not mention"
                  .formatted(index.source(), file, name));
        }
      }
    }
    return new SafetensorsFolder(folder.toString(), files, tensors);
  }

  /// An index may name files beside it and nothing else.
  private static Path inside(Path folder, JsonView view, String fileName) {
    if (!fileName.matches("[\\w.+-]+") || fileName.startsWith(".")) {
      throw view.wrong("the name of a file in the same folder");
    }
    return folder.resolve(fileName);
  }

  /// {@return the tensors by name, in the order of the index or of their data}
  public Map<String, SafetensorsTensor> tensors() {
    return tensors;
  }

  /// {@return the tensor, if there is one of this name}
  ///
  /// @param name its name
  public Optional<SafetensorsTensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// {@return the tensor}
  ///
  /// @param name its name
  /// @throws ModelFormatException if there is none
  public SafetensorsTensor require(String name) {
    return find(name)
        .orElseThrow(
            () -> new ModelFormatException("%s: the tensor %s is missing".formatted(source, name)));
  }

  /// {@return the size of all files in bytes}
  public long byteSize() {
    return files.stream().mapToLong(SafetensorsFile::byteSize).sum();
  }

  /// {@return what to call the folder in messages: its path}
  public String source() {
    return source;
  }

  @Override
  public String toString() {
    return source;
  }

  /// Unmaps the files. Using their tensors afterwards throws `IllegalStateException`.
  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
