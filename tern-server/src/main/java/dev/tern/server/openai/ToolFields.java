package dev.tern.server.openai;

import dev.tern.chat.ToolDefinition;
import dev.tern.chat.ToolsException;
import dev.tern.server.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads which tools an answer may call: `tools`, `tool_choice` and `parallel_tool_calls`.
final class ToolFields {
  /// Whether what says something of a function stands in a `function` of its own, as in chats, or
  /// beside the type, as in responses.
  private final boolean nested;

  private ToolFields(boolean nested) {
    this.nested = nested;
  }

  /// {@return what a chat says of tools}
  ///
  /// @param fields the request's
  /// @throws ApiException if it cannot be
  static ToolRequest readChat(Fields fields) {
    return new ToolFields(true).read(fields);
  }

  /// {@return what the request for a response says of tools}
  ///
  /// @param fields the request's
  /// @throws ApiException if it cannot be
  static ToolRequest readResponse(Fields fields) {
    return new ToolFields(false).read(fields);
  }

  private ToolRequest read(Fields fields) {
    List<Field> tools = fields.find("tools").map(Field::elements).orElse(List.of());
    List<ToolDefinition> definitions = new ArrayList<>();
    List<Field> strict = new ArrayList<>();
    for (Field tool : tools) {
      Fields function = function(tool.object());
      definitions.add(definition(function));
      function.find("strict").filter(Field::flag).ifPresent(strict::add);
      requireOtherName(definitions, function);
    }
    boolean parallel = fields.flag("parallel_tool_calls", true);
    Optional<Field> choice = fields.find("tool_choice");
    List<ToolDefinition> demanded =
        choice.map(field -> demanded(field, definitions)).orElse(List.of());
    boolean none = choice.isPresent() && isWord(choice.get(), "none");
    if (!strict.isEmpty() && demanded.isEmpty() && !none) {
      throw strict
          .getFirst()
          .unsupported(
              "needs a 'tool_choice' that demands a call: arguments are enforced only there");
    }
    return none ? ToolRequest.NONE : new ToolRequest(definitions, demanded, parallel);
  }

  /// {@return the fields that describe a function}
  private Fields function(Fields tool) {
    Field type = tool.require("type");
    if (!type.text().equals("function")) {
      throw type.unsupported("is '%s', but tools are of type 'function'".formatted(type.text()));
    }
    if (!nested) {
      return tool;
    }
    Fields function = tool.require("function").object();
    tool.end();
    return function;
  }

  private static ToolDefinition definition(Fields function) {
    Field name = function.require("name");
    Optional<String> description = function.find("description").map(Field::text);
    Optional<Field> parameters = function.find("parameters");
    parameters.ifPresent(Field::object);
    function.find("strict");
    function.end();
    try {
      return new ToolDefinition(
          name.text(), description, parameters.map(field -> field.value().toString()));
    } catch (ToolsException wrong) {
      throw ApiException.invalid(
          parameters.orElse(name).path(), "invalid_value", EngineRefusals.message(wrong));
    }
  }

  private static void requireOtherName(List<ToolDefinition> definitions, Fields function) {
    String name = definitions.getLast().name();
    if (definitions.stream().filter(each -> each.name().equals(name)).count() > 1) {
      throw function
          .require("name")
          .wrongValue("is '%s', which another tool has already".formatted(name));
    }
  }

  private List<ToolDefinition> demanded(Field choice, List<ToolDefinition> definitions) {
    if (choice.value().isString()) {
      String word = choice.oneOf("none", "auto", "required");
      if (word.equals("required") && definitions.isEmpty()) {
        throw choice.wrongValue("demands a call, but there are no 'tools'");
      }
      return word.equals("required") ? definitions : List.of();
    }
    Fields fields = choice.object();
    Fields function = function(fields);
    Field name = function.require("name");
    function.end();
    return definitions.stream()
        .filter(each -> each.name().equals(name.text()))
        .findFirst()
        .map(List::of)
        .orElseThrow(
            () -> name.wrongValue("is '%s', which is none of the 'tools'".formatted(name.text())));
  }

  private static boolean isWord(Field field, String word) {
    return field.value().isString() && field.text().equals(word);
  }
}
