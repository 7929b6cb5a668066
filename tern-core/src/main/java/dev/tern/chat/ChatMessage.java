package dev.tern.chat;

import java.util.List;
import java.util.Optional;

/// One message of a conversation.
///
/// @param role who says it
/// @param content what is said; empty where the model only calls tools
/// @param toolCalls what the model wants to be called, in order
/// @param toolCallId of a tool's message, which call it answers
/// @param name of a tool's message, which tool it is from
public record ChatMessage(
    Role role,
    String content,
    List<ToolCall> toolCalls,
    Optional<String> toolCallId,
    Optional<String> name) {
  /// Copies the calls.
  ///
  /// @throws IllegalArgumentException if anybody but the model calls tools, or anybody but a tool
  ///   answers a call
  public ChatMessage {
    toolCalls = List.copyOf(toolCalls);
    if (role != Role.ASSISTANT && !toolCalls.isEmpty()) {
      throw new IllegalArgumentException(
          "a message of the role '%s' cannot call tools".formatted(role.wireName()));
    }
    if (role != Role.TOOL && (toolCallId.isPresent() || name.isPresent())) {
      throw new IllegalArgumentException(
          "a message of the role '%s' cannot answer a call".formatted(role.wireName()));
    }
  }

  /// A message without tools.
  ///
  /// @param role who says it
  /// @param content what is said
  public ChatMessage(Role role, String content) {
    this(role, content, List.of(), Optional.empty(), Optional.empty());
  }

  /// {@return instructions}
  ///
  /// @param content any text
  public static ChatMessage system(String content) {
    return new ChatMessage(Role.SYSTEM, content);
  }

  /// {@return what the person says}
  ///
  /// @param content any text
  public static ChatMessage user(String content) {
    return new ChatMessage(Role.USER, content);
  }

  /// {@return what the model says}
  ///
  /// @param content any text
  public static ChatMessage assistant(String content) {
    return new ChatMessage(Role.ASSISTANT, content);
  }

  /// {@return what the model says, and the tools it calls}
  ///
  /// @param content any text; empty where it says nothing
  /// @param toolCalls in order
  public static ChatMessage assistant(String content, List<ToolCall> toolCalls) {
    return new ChatMessage(Role.ASSISTANT, content, toolCalls, Optional.empty(), Optional.empty());
  }

  /// {@return what a tool answers}
  ///
  /// @param toolCallId which call it answers
  /// @param content any text
  public static ChatMessage tool(String toolCallId, String content) {
    return new ChatMessage(
        Role.TOOL, content, List.of(), Optional.of(toolCallId), Optional.empty());
  }

  /// {@return whether this calls tools or answers a call}
  boolean usesTools() {
    return role == Role.TOOL || !toolCalls.isEmpty();
  }
}
