package dev.tern.eval;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// The short texts on which outputs are compared when no others are given: prose, dialogue, a
/// recipe, numbers, code, a letter, other languages.
final class ComparisonTexts {
  private static final String RESOURCE = "texts.txt";

  private ComparisonTexts() {}

  /// {@return the texts, which blank lines separate in their file}
  static List<String> builtIn() {
    try (InputStream in = ComparisonTexts.class.getResourceAsStream(RESOURCE)) {
      String all = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return List.of(all.strip().split("\n\n"));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
