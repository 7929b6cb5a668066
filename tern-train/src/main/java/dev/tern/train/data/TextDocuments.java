package dev.tern.train.data;

import dev.tern.chat.ChatMessage;
import dev.tern.train.config.CorpusSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// The text of training data as it is, for learning a vocabulary from it.
public final class TextDocuments {
  private TextDocuments() {}

  /// Reads the text of some corpora once, whatever their repeats.
  ///
  /// @param corpora which
  /// @param listener is told how far reading has come
  /// @param text takes the documents in order; long ones in passages that are cut at the beginnings
  ///   of lines or words, conversations in messages
  /// @throws DataException if a file is missing or is not what the settings say
  /// @throws IOException if a file cannot be read
  public static void read(
      List<CorpusSettings> corpora, ProgressListener listener, Consumer<String> text)
      throws IOException {
    for (CorpusSettings corpus : corpora) {
      for (Path file : CorpusFiles.of(corpus)) {
        try (InputStream stream = CorpusFiles.open(file, "reading " + file, listener)) {
          CorpusFiles.read(
              corpus,
              file,
              stream,
              part -> {
                switch (part) {
                  case Part.Passage passage -> text.accept(passage.text());
                  case Part.Conversation conversation ->
                      conversation.messages().stream().map(ChatMessage::content).forEach(text);
                }
              });
        }
      }
    }
  }
}
