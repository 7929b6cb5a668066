package dev.tern.chat;

import java.util.List;

/// How the messages of a conversation become text and special tokens.
///
/// Implementations are immutable and safe for use by many threads. The beginning-of-text token is
/// not theirs to write: the tokenizer adds it.
public interface ChatTemplate {
  /// {@return what to call it, for example `llama3`}
  String name();

  /// {@return the conversation as the model was trained to see it}
  ///
  /// @param messages in order
  /// @param addGenerationPrompt whether to end with what makes the model answer
  List<ChatPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt);
}
