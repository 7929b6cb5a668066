package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Reads tokenizers from the files in which they are published beside a model's weights.
///
/// Three kinds are known and told apart by what is in them: `tokenizer.json` of Hugging Face
/// tokenizers, `tokenizer.model` of SentencePiece, and tiktoken's rank files, one of which Llama 3
/// calls `tokenizer.model` too. The tokenizer inside a GGUF file is made with [TokenizerBuilder].
public final class Tokenizers {
  /// The largest published ones have 40 MB; without a bound, a person who names the weights instead
  /// of the tokenizer would wait for gigabytes to be read.
  private static final long MAX_FILE_BYTES = 1L << 29;

  private static final String GGUF_MAGIC = "GGUF";

  /// Field 1, length-delimited: the first piece.
  private static final int SENTENCE_PIECE_FIRST_TAG = 0x0A;

  private Tokenizers() {}

  /// Reads a tokenizer.
  ///
  /// @param path a tokenizer's file, or a folder with one: `tokenizer.json` is preferred to
  ///   `tokenizer.model`; a `tokenizer_config.json` beside it is read too
  /// @return the tokenizer
  /// @throws IOException if a file cannot be read
  /// @throws ModelFormatException if a file is damaged
  /// @throws UnsupportedModelException if it is a tokenizer of a kind that Tern does not know
  public static Tokenizer load(Path path) throws IOException {
    return load(path, Optional.empty());
  }

  /// Reads a byte-level tokenizer, but cuts text in another way than its file says.
  ///
  /// @param path as for [#load(Path)]
  /// @param preTokenizer how text is cut into pieces
  /// @return the tokenizer
  /// @throws IOException if a file cannot be read
  /// @throws ModelFormatException if a file is damaged
  /// @throws UnsupportedModelException if it is a tokenizer of a kind that Tern does not know, or
  ///   one that has no use for a pre-tokenizer
  public static Tokenizer load(Path path, PreTokenizer preTokenizer) throws IOException {
    return load(path, Optional.of(preTokenizer));
  }

  /// {@return the template for conversations that lies beside a tokenizer, as it is written: in
  /// Jinja}
  ///
  /// @param path a tokenizer's file, or the folder
  /// @throws IOException if a file cannot be read
  /// @throws ModelFormatException if a file is damaged
  public static Optional<String> chatTemplate(Path path) throws IOException {
    return TokenizerConfig.read(folderOf(path)).chatTemplate();
  }

  /// Reads what a GGUF file of a model says of its tokenizer.
  ///
  /// @param folder with `tokenizer.json` or `tokenizer.model`; of a SentencePiece tokenizer the
  ///   latter is preferred, which has the scores that are wanted
  /// @return the facts
  /// @throws IOException if a file cannot be read
  /// @throws ModelFormatException if a file is damaged
  /// @throws UnsupportedModelException if a GGUF file cannot hold the tokenizer
  public static TokenizerFacts facts(Path folder) throws IOException {
    TokenizerConfig config = TokenizerConfig.read(folder);
    Path json = folder.resolve("tokenizer.json");
    Path pieces = folder.resolve("tokenizer.model");
    boolean hasPieces = Files.isRegularFile(pieces) && kindOf(pieces) == Kind.SENTENCE_PIECE;
    if (hasPieces) {
      return SentencePieceModel.facts(pieces.toString(), Files.readAllBytes(pieces), config);
    }
    if (Files.isRegularFile(json)) {
      return TokenizerJson.facts(Json.read(json), config);
    }
    fileIn(folder);
    throw new UnsupportedModelException(
        "%s: a GGUF file needs the tokenizer.json of this model; tiktoken's ranks do not say what is needed"
            .formatted(folder));
  }

  private static Path folderOf(Path path) {
    return Files.isDirectory(path) ? path : path.resolveSibling("");
  }

  private static Tokenizer load(Path path, Optional<PreTokenizer> preTokenizer) throws IOException {
    Path file = Files.isDirectory(path) ? fileIn(path) : path;
    String source = file.toString();
    return switch (kindOf(file)) {
      case JSON ->
          TokenizerJson.read(Json.read(file), TokenizerConfig.read(folderOf(file)), preTokenizer);
      case SENTENCE_PIECE -> {
        if (preTokenizer.isPresent()) {
          throw new UnsupportedModelException(
              "%s: the pre-tokenizer %s is for byte-level tokenizers, and this is a SentencePiece model"
                  .formatted(source, preTokenizer.get().displayName()));
        }
        yield SentencePieceModel.read(
            source, Files.readAllBytes(file), TokenizerConfig.read(folderOf(file)));
      }
      case RANKS -> TiktokenRanks.read(source, Files.readAllBytes(file), preTokenizer);
    };
  }

  private enum Kind {
    JSON,
    SENTENCE_PIECE,
    RANKS
  }

  private static Kind kindOf(Path file) throws IOException {
    byte[] start;
    try (InputStream stream = Files.newInputStream(file)) {
      start = stream.readNBytes(GGUF_MAGIC.length());
    }
    if (new String(start, ISO_8859_1).equals(GGUF_MAGIC)) {
      throw new UnsupportedModelException(
          "%s: this is a whole model in GGUF form; load it as a model, which has its tokenizer"
              .formatted(file));
    }
    if (Files.size(file) > MAX_FILE_BYTES) {
      throw new ModelFormatException(
          "%s: a file of %d bytes is too large for a tokenizer".formatted(file, Files.size(file)));
    }
    int first = start.length == 0 ? -1 : start[0];
    if (first == '{' || file.toString().endsWith(".json")) {
      return Kind.JSON;
    }
    if (first == SENTENCE_PIECE_FIRST_TAG) {
      return Kind.SENTENCE_PIECE;
    }
    if (Character.isLetterOrDigit(first) || first == '+' || first == '/') {
      return Kind.RANKS;
    }
    throw new ModelFormatException(
        "%s: at byte 0: expected a tokenizer.json, a SentencePiece model or a rank file; this is none of them"
            .formatted(file));
  }

  private static Path fileIn(Path folder) {
    for (String name : new String[] {"tokenizer.json", "tokenizer.model"}) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    throw new UnsupportedModelException(
        "%s: there is neither a tokenizer.json nor a tokenizer.model in this folder"
            .formatted(folder));
  }
}
