package dev.tern.load;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.source.GgufSource;
import dev.tern.source.HuggingFaceSource;
import dev.tern.source.ModelSource;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/// Finds a model's tokenizer: inside a GGUF file, or in files of its own beside the weights.
public final class ModelTokenizer {
  private ModelTokenizer() {}

  /// {@return the tokenizer of a model}
  ///
  /// @param source an open model
  /// @param preTokenizer overrides the one that the files name
  /// @param notices receives a sentence for each repair
  /// @throws ModelFormatException if what is said of the tokenizer is missing or contradictory
  /// @throws UnsupportedModelException if the kind of tokenizer is not known
  /// @throws UncheckedIOException if one of its files cannot be read
  public static Tokenizer read(
      ModelSource source, Optional<String> preTokenizer, List<String> notices) {
    return switch (source) {
      case GgufSource gguf -> GgufTokenizer.read(gguf.file(), preTokenizer, notices);
      case HuggingFaceSource folder -> {
        try {
          yield preTokenizer.isPresent()
              ? Tokenizers.load(folder.folder(), GgufTokenizer.known(preTokenizer.get()))
              : Tokenizers.load(folder.folder());
        } catch (IOException unreadable) {
          throw new UncheckedIOException(unreadable);
        }
      }
    };
  }
}
