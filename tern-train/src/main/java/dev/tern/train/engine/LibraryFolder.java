package dev.tern.train.engine;

import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// PyTorch's libraries in a folder.
///
/// @param path the folder
/// @param flavor what DJL calls what they compute with: `cpu` or `cu128`
record LibraryFolder(Path path, String flavor) {
  private static final String TORCH = System.mapLibraryName("torch");
  private static final String TORCH_CUDA = System.mapLibraryName("torch_cuda");
  private static final String CUDA_FLAVOR = "cu128";

  /// {@return the libraries that a person has named}
  ///
  /// @throws TrainingEngineException if they are not there, or of another version
  static LibraryFolder named(EngineEnvironment environment, String named)
      throws TrainingEngineException {
    for (String part : named.split(File.pathSeparator, -1)) {
      Optional<Path> folder = folderOf(part);
      if (folder.isPresent()) {
        requireVersion(environment, folder.get());
        String standard =
            Files.isRegularFile(folder.get().resolve(TORCH_CUDA)) ? CUDA_FLAVOR : "cpu";
        return new LibraryFolder(
            folder.get(), environment.text(EngineEnvironment.FLAVOR).orElse(standard));
      }
    }
    throw new TrainingEngineException(
        Reason.SETTING,
        "%s is %s, but there is no %s: name the folder lib of libtorch %s, or unset it to have PyTorch fetched"
            .formatted(EngineEnvironment.LIBRARY_PATH, named, TORCH, EnginePackage.VERSION));
  }

  /// The folder, or the library in it, as DJL understands the variable.
  private static Optional<Path> folderOf(String part) {
    try {
      Path path = Path.of(part).toAbsolutePath();
      Path library = path.endsWith(TORCH) ? path : path.resolve(TORCH);
      return Files.isRegularFile(library)
          ? Optional.ofNullable(library.getParent())
          : Optional.empty();
    } catch (InvalidPathException _) {
      return Optional.empty();
    }
  }

  /// DJL's part of the machine code fits one version; another one crashes.
  private static void requireVersion(EngineEnvironment environment, Path folder)
      throws TrainingEngineException {
    Optional<String> version = environment.text(EngineEnvironment.PYTORCH_VERSION);
    String origin = EngineEnvironment.PYTORCH_VERSION;
    if (version.isEmpty()) {
      Path note = folder.resolveSibling("build-version");
      origin = note.toString();
      version = firstLine(note);
    }
    if (version.isPresent() && !isRight(version.get())) {
      throw new TrainingEngineException(
          Reason.SETTING,
          "the PyTorch of %s is %s by %s; Tern needs %s"
              .formatted(folder, version.get(), origin, EnginePackage.VERSION));
    }
  }

  private static boolean isRight(String version) {
    return version.equals(EnginePackage.VERSION)
        || version.startsWith(EnginePackage.VERSION + "+")
        || version.startsWith(EnginePackage.VERSION + "-");
  }

  private static Optional<String> firstLine(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.findFirst().map(String::strip).filter(line -> !line.isEmpty());
    } catch (IOException | java.io.UncheckedIOException _) {
      return Optional.empty();
    }
  }
}
