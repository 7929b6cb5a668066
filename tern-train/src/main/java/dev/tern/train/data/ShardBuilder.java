package dev.tern.train.data;

import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.CorpusSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Makes the tokens of a file of text. Tokenizes with all processors, in portions that bound the
/// memory, and keeps the order of the text.
final class ShardBuilder {
  /// Characters that are tokenized together.
  private static final int PORTION = 1 << 22;

  private final DocumentEncoder encoder;
  private final int vocabulary;
  private final List<Part> portion = new ArrayList<>();
  private long characters;

  ShardBuilder(DocumentEncoder encoder, Tokenizer tokenizer) {
    this.encoder = encoder;
    vocabulary = tokenizer.vocabularySize();
  }

  /// Writes the tokens of a file.
  ///
  /// @param digest SHA-256 of the file, by which its tokens will be found again
  /// @throws DataException if it is not what the settings say, or no longer the file of the digest
  void build(
      CorpusSettings corpus,
      Path file,
      byte[] digest,
      Path target,
      byte[] key,
      ProgressListener listener)
      throws IOException {
    boolean hasBits = corpus.format() == CorpusSettings.Format.CHAT;
    ShardWriter.write(
        target,
        key,
        vocabulary,
        hasBits,
        writer -> {
          MessageDigest read = Fingerprint.sha256();
          try (InputStream stream =
              new DigestInputStream(CorpusFiles.open(file, "tokenizing " + file, listener), read)) {
            CorpusFiles.read(corpus, file, stream, part -> add(part, writer));
            encode(writer);
          }
          if (!Arrays.equals(read.digest(), digest)) {
            throw new DataException(
                "%s: the file was changed while it was read; try again when it is complete"
                    .formatted(file));
          }
        });
  }

  private void add(Part part, ShardWriter writer) throws IOException {
    portion.add(part);
    characters += length(part);
    if (characters >= PORTION) {
      encode(writer);
    }
  }

  private static long length(Part part) {
    return switch (part) {
      case Part.Passage passage -> passage.text().length();
      case Part.Conversation conversation ->
          conversation.messages().stream().mapToLong(message -> message.content().length()).sum();
    };
  }

  private void encode(ShardWriter writer) throws IOException {
    List<EncodedPart> encoded;
    try {
      encoded = portion.parallelStream().map(this::encode).toList();
    } catch (UncheckedIOException failed) {
      throw failed.getCause();
    }
    for (EncodedPart part : encoded) {
      writer.add(part);
    }
    portion.clear();
    characters = 0;
  }

  private EncodedPart encode(Part part) {
    try {
      return encoder.encode(part);
    } catch (DataException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
