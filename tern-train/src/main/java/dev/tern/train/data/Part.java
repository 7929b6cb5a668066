package dev.tern.train.data;

import dev.tern.chat.ChatMessage;
import java.util.List;

/// What a reader hands on: a document, or a part of one that is too long to be held as a whole.
sealed interface Part {
  /// A stretch of a text.
  ///
  /// @param text well-formed; empty only where it closes a document that has more parts
  /// @param opens whether a document begins with it
  /// @param closes whether the document ends with it
  record Passage(String text, boolean opens, boolean closes) implements Part {}

  /// A conversation, a document of its own.
  ///
  /// @param messages in order, one of them the assistant's
  /// @param place file and line, for messages
  record Conversation(List<ChatMessage> messages, String place) implements Part {}

  /// Takes parts in order.
  @FunctionalInterface
  interface Sink {
    /// Takes the next.
    ///
    /// @throws java.io.IOException if it cannot be kept
    void accept(Part part) throws java.io.IOException;
  }
}
