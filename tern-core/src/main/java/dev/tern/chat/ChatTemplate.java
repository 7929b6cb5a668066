package dev.tern.chat;

import java.util.List;
import java.util.Optional;

/// How the messages of a conversation become text and special tokens.
///
/// Implementations are immutable and safe for use by many threads. The beginning-of-text token is
/// not theirs to write: the tokenizer adds it.
public interface ChatTemplate {
  /// {@return what to call it, for example `llama3`}
  String name();

  /// {@return the conversation as the model was trained to see it}
  ///
  /// @param conversation messages and tools
  /// @param addGenerationPrompt whether to end with what makes the model answer
  /// @throws ToolsException if it has tools, calls or answers of tools, which this template does
  ///   not write
  List<ChatPiece> render(Conversation conversation, boolean addGenerationPrompt);

  /// {@return a conversation without tools as the model was trained to see it}
  ///
  /// @param messages in order
  /// @param addGenerationPrompt whether to end with what makes the model answer
  /// @throws ToolsException if a message calls a tool or is from one, which this template does not
  ///   write
  default List<ChatPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    return render(Conversation.of(messages), addGenerationPrompt);
  }

  /// {@return whether conversations may have tools}
  default boolean supportsTools() {
    return false;
  }

  /// {@return how the model writes calls of tools; empty where it does not or Tern does not know
  /// the syntax}
  default Optional<ToolCallSyntax> toolCallSyntax() {
    return Optional.empty();
  }
}
