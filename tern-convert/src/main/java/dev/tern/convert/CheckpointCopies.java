package dev.tern.convert;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What a Hugging Face folder has beside its weights and what another one of the same model needs.
///
/// @param folder the one that is there
record CheckpointCopies(Path folder) {
  private static final List<String> NAMES =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja");

  /// Copies what there is.
  void write(Path target) throws IOException {
    for (String name : NAMES) {
      Path file = folder.resolve(name);
      if (Files.isRegularFile(file)) {
        Targets.writeWhole(target.resolve(name), Files.readAllBytes(file));
      }
    }
  }

  /// {@return the configuration, which is the same}
  byte[] config() throws IOException {
    return Files.readAllBytes(folder.resolve("config.json"));
  }
}
