package dev.tern.convert;

import dev.tern.safetensors.SafetensorsFolderWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// A model's folder that is written beside its place, in a hidden folder inside it, and moved there
/// when everything is complete: what fails or is killed before leaves a model that was there as it
/// was, and nothing that looks like one.
///
/// Not safe for use by several threads.
final class StagedFolder implements AutoCloseable {
  /// Without it nothing takes a folder for a model, so it goes first and comes last.
  static final String CONFIG = "config.json";

  /// A tokenizer's files; all of those that are there belong to the model that is replaced.
  private static final Set<String> TOKENIZER =
      Set.of(
          "added_tokens.json",
          "chat_template.jinja",
          "generation_config.json",
          "special_tokens_map.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json");

  private final Path target;
  private final Path staging;

  private StagedFolder(Path target, Path staging) {
    this.target = target;
    this.staging = staging;
  }

  /// Checks that no model is in the way.
  ///
  /// @throws FileAlreadyExistsException if one, or a part of one, is there and may not be replaced,
  ///   or the target is a file
  static void requireFree(Path target, boolean overwrite) throws IOException {
    if (Files.exists(target) && !Files.isDirectory(target)) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "it is a file; give the name of a folder");
    }
    if (overwrite || Files.notExists(target)) {
      return;
    }
    for (Path file : modelFiles(target)) {
      throw new FileAlreadyExistsException(
          file.toString(), null, "it exists already; --force replaces it");
    }
  }

  private static List<Path> modelFiles(Path folder) throws IOException {
    return files(folder, name -> name.equals(CONFIG) || SafetensorsFolderWriter.isPart(name));
  }

  private static List<Path> files(Path folder, Predicate<String> wanted) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> wanted.test(String.valueOf(file.getFileName())))
          .sorted()
          .toList();
    }
  }

  /// Begins.
  ///
  /// @param target made if it is not there
  static StagedFolder in(Path target) throws IOException {
    Files.createDirectories(target);
    String mark = Long.toHexString(System.nanoTime());
    return new StagedFolder(
        target, Files.createDirectory(target.resolve(".model.%s.partial".formatted(mark))));
  }

  /// {@return where to write files}
  Path path() {
    return staging;
  }

  /// Replaces the model that is there by what has been written.
  void publish() throws IOException {
    Files.deleteIfExists(target.resolve(CONFIG));
    for (Path old : modelFiles(target)) {
      Files.delete(old);
    }
    if (!files(staging, TOKENIZER::contains).isEmpty()) {
      for (Path old : files(target, TOKENIZER::contains)) {
        Files.delete(old);
      }
    }
    for (Path file : files(staging, _ -> true)) {
      if (!file.endsWith(CONFIG)) {
        move(file);
      }
    }
    move(staging.resolve(CONFIG));
  }

  private void move(Path file) throws IOException {
    Files.move(file, target.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
  }

  /// Removes what has not been published.
  @Override
  public void close() throws IOException {
    for (Path file : files(staging, _ -> true)) {
      Files.delete(file);
    }
    Files.delete(staging);
  }
}
