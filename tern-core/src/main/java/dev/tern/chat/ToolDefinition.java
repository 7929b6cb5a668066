package dev.tern.chat;

import dev.tern.json.JsonValue;
import java.util.Optional;

/// A tool that a model may call.
///
/// @param name what the model calls it by, not empty
/// @param description what it is for, for the model to read
/// @param parameters the JSON schema of its arguments, an object; none for a tool without arguments
public record ToolDefinition(
    String name, Optional<String> description, Optional<String> parameters) {
  /// Checks the definition.
  ///
  /// @throws ToolsException if the name is empty, or the parameters are not the JSON schema of an
  ///   object
  public ToolDefinition {
    if (name.isEmpty()) {
      throw new ToolsException("a tool needs a name");
    }
    if (parameters.isPresent()) {
      requireObjectSchema(name, parameters.get());
    }
  }

  /// A tool with a description and arguments.
  ///
  /// @param name what the model calls it by, not empty
  /// @param description what it is for, for the model to read
  /// @param parameters the JSON schema of its arguments, an object
  /// @throws ToolsException if the name is empty, or the parameters are not the JSON schema of an
  ///   object
  public ToolDefinition(String name, String description, String parameters) {
    this(name, Optional.of(description), Optional.of(parameters));
  }

  private static void requireObjectSchema(String name, String parameters) {
    String what = "the parameters of the tool '%s'".formatted(name);
    JsonValue type = ToolJson.object(what, parameters).members().get("type");
    if (type != null && !(type instanceof JsonValue.Text text && text.value().equals("object"))) {
      throw new ToolsException(
          "%s: type should be \"object\", because arguments have names".formatted(what));
    }
  }
}
