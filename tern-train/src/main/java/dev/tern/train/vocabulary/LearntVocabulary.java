package dev.tern.train.vocabulary;

import dev.tern.file.WholeFile;
import dev.tern.train.config.TokenizerSettings.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// A vocabulary as the files of a tokenizer. Immutable; safe for use by many threads.
public final class LearntVocabulary {
  private final Kind kind;
  private final int size;
  private final Map<String, byte[]> files;

  LearntVocabulary(Kind kind, int size, Map<String, byte[]> files) {
    this.kind = kind;
    this.size = size;
    this.files = new TreeMap<>(files);
  }

  /// {@return how the tokenizer works}
  public Kind kind() {
    return kind;
  }

  /// {@return the number of its tokens}
  public int size() {
    return size;
  }

  /// Writes the files that [dev.tern.tokenizer.Tokenizers] and other programs read:
  /// `tokenizer_config.json`, and `tokenizer.json` or `tokenizer.model`. Each is there as a whole
  /// or not at all; those of the same names are replaced.
  ///
  /// @param folder made if it is not there
  /// @throws FileAlreadyExistsException if the folder has a tokenizer of another kind, which would
  ///   be read instead of this one
  /// @throws IOException if writing fails
  public void write(Path folder) throws IOException {
    Path other = folder.resolve(kind == Kind.BYTE_LEVEL ? "tokenizer.model" : "tokenizer.json");
    if (Files.exists(other)) {
      throw new FileAlreadyExistsException(
          other.toString(),
          null,
          "it is a tokenizer of another kind, which would be read instead; delete it, or choose another folder");
    }
    Files.createDirectories(folder);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      WholeFile.write(
          folder.resolve(file.getKey()),
          channel -> {
            ByteBuffer content = ByteBuffer.wrap(file.getValue());
            while (content.hasRemaining()) {
              channel.write(content);
            }
          });
    }
  }
}
