package dev.tern.server.openai;

import dev.tern.chat.ToolDefinition;
import java.util.List;

/// Which tools an answer may call.
///
/// @param definitions the tools, in the order in which the model sees them; none where it may call
///   none
/// @param demanded those of which one must be called; none where the model may choose to speak
/// @param parallel whether it may call several at once
record ToolRequest(
    List<ToolDefinition> definitions, List<ToolDefinition> demanded, boolean parallel) {
  /// No tools.
  static final ToolRequest NONE = new ToolRequest(List.of(), List.of(), true);

  /// Copies the lists.
  ToolRequest {
    definitions = List.copyOf(definitions);
    demanded = List.copyOf(demanded);
  }

  /// {@return whether there are tools}
  boolean isPresent() {
    return !definitions.isEmpty();
  }
}
