package dev.tern.chat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a model is to answer: messages, and the tools that it may call.
///
/// @param messages in order
/// @param tools in the order in which the model sees them; no two of one name
public record Conversation(List<ChatMessage> messages, List<ToolDefinition> tools) {
  /// Copies the lists.
  ///
  /// @throws ToolsException if two tools have the same name
  public Conversation {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    Set<String> names = new HashSet<>();
    for (ToolDefinition tool : tools) {
      if (!names.add(tool.name())) {
        throw new ToolsException("two tools are called '%s'".formatted(tool.name()));
      }
    }
  }

  /// {@return messages without tools}
  ///
  /// @param messages in order
  public static Conversation of(List<ChatMessage> messages) {
    return new Conversation(messages, List.of());
  }

  /// {@return whether there are tools, calls of tools or answers of tools}
  public boolean usesTools() {
    return !tools.isEmpty() || callsTools();
  }

  /// {@return whether a message calls tools or answers a call}
  boolean callsTools() {
    return messages.stream().anyMatch(ChatMessage::usesTools);
  }
}
