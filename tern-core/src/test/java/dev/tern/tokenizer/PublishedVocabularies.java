package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The real vocabularies and texts of the test data.
final class PublishedVocabularies {
  /// Tokenizers are immutable, and the large ones take half a second to read.
  private static final Map<String, Tokenizer> READ = new HashMap<>();

  private PublishedVocabularies() {}

  static Tokenizer llama3Json() throws IOException {
    return read("tokenizers/llama3/tokenizer.json");
  }

  static Tokenizer llama3Ranks() throws IOException {
    return read("tokenizers/llama3/tokenizer.model");
  }

  static Tokenizer qwen3() throws IOException {
    return read("tokenizers/qwen3");
  }

  static Tokenizer llama2() throws IOException {
    return read("tokenizers/llama2");
  }

  static Tokenizer gguf(String name) throws IOException {
    return read("tokenizers/gguf-vocab/ggml-vocab-" + name + ".gguf");
  }

  private static synchronized Tokenizer read(String name) throws IOException {
    Path path = TestData.require(name);
    Tokenizer known = READ.get(name);
    if (known != null) {
      return known;
    }
    Tokenizer tokenizer =
        name.endsWith(".gguf") ? GgufVocabularies.load(path) : Tokenizers.load(path);
    READ.put(name, tokenizer);
    return tokenizer;
  }

  /// The text of a file; bytes that are not UTF-8, which one book has, become U+FFFD.
  static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8);
  }

  static List<Path> texts() throws IOException {
    try (Stream<Path> files = Files.walk(TestData.require("text"))) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
