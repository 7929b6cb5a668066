package dev.tern.chat;

import java.util.Optional;
import java.util.regex.Pattern;

/// How models write calls of tools.
public enum ToolCallSyntax {
  /// Hermes, Qwen and others: each call between `<tool_call>` and `</tool_call>`, a JSON object
  /// with `name` and `arguments`.
  HERMES,
  /// Falcon 3: between the same marks, a list of such objects.
  HERMES_LIST,
  /// Llama 3.1: the answer is a JSON object with `name` and `parameters`.
  LLAMA3;

  /// {@return the syntax of a call in a text}
  ///
  /// @param rendered a text in which the tool is called
  /// @param name of the tool
  /// @param argument the name of the first argument
  static Optional<ToolCallSyntax> recognize(String rendered, String name, String argument) {
    String quotedName = Pattern.quote(name);
    if (contains(rendered, "<tool_call>\\s*\\{[^<]*" + quotedName)) {
      return Optional.of(HERMES);
    }
    if (contains(rendered, "<tool_call>\\s*\\[[^<]*" + quotedName)) {
      return Optional.of(HERMES_LIST);
    }
    String call =
        "\\{\\s*\"name\":\\s*\"%s\",\\s*\"parameters\":\\s*\\{\\s*\"%s\""
            .formatted(quotedName, Pattern.quote(argument));
    return contains(rendered, call) ? Optional.of(LLAMA3) : Optional.empty();
  }

  private static boolean contains(String text, String regex) {
    return Pattern.compile(regex).matcher(text).find();
  }
}
