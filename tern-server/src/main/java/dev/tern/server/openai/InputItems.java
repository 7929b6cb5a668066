package dev.tern.server.openai;

import dev.tern.chat.ChatMessage;
import dev.tern.chat.Role;
import dev.tern.chat.ToolCall;
import dev.tern.server.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// Reads the input of a response: a text, or items as they stand in input and output.
final class InputItems {
  private InputItems() {}

  /// {@return what was said so far}
  ///
  /// @param input the field that has it
  /// @param most how many items there may be
  /// @throws ApiException if an item cannot be
  static List<ChatMessage> read(Field input, int most) {
    if (input.value().isString()) {
      return List.of(ChatMessage.user(input.text()));
    }
    if (!input.value().isArray()) {
      throw input.wrongType("a string or an array of items");
    }
    List<Field> items = input.elements();
    Messages.requireCount(input, items.size(), most);
    List<ChatMessage> messages = new ArrayList<>();
    for (Field item : items) {
      read(item.object(), messages);
    }
    return messages;
  }

  private static void read(Fields item, List<ChatMessage> messages) {
    Optional<Field> type = item.find("type");
    acceptMarks(item);
    switch (type.map(Field::text).orElse("message")) {
      case "message" -> messages.add(message(item));
      case "function_call" -> addCall(item, messages);
      case "function_call_output" -> messages.add(output(item, messages));
      case String other ->
          throw type.orElseThrow()
              .unsupported(
                  "is '%s', which is not supported: items of type 'message', 'function_call' or 'function_call_output'"
                      .formatted(other));
    }
    item.end();
  }

  private static ChatMessage message(Fields item) {
    Role role =
        switch (item.require("role").oneOf("system", "developer", "user", "assistant")) {
          case "system", "developer" -> Role.SYSTEM;
          case "user" -> Role.USER;
          default -> Role.ASSISTANT;
        };
    return new ChatMessage(role, content(item.require("content")));
  }

  /// Calls belong to the message before them, where the model has said something.
  private static void addCall(Fields item, List<ChatMessage> messages) {
    ToolCall call =
        new ToolCall(
            item.require("call_id").text(),
            item.require("name").text(),
            Messages.arguments(item.require("arguments")));
    boolean goesOn = !messages.isEmpty() && messages.getLast().role() == Role.ASSISTANT;
    ChatMessage said = goesOn ? messages.removeLast() : ChatMessage.assistant("");
    List<ToolCall> calls = new ArrayList<>(said.toolCalls());
    calls.add(call);
    messages.add(ChatMessage.assistant(said.content(), calls));
  }

  private static ChatMessage output(Fields item, List<ChatMessage> messages) {
    Field id = item.require("call_id");
    Messages.requireCalled(id, messages);
    return ChatMessage.tool(id.text(), content(item.require("output")));
  }

  /// What output items have besides, so that they can be sent back as they are.
  private static void acceptMarks(Fields item) {
    item.find("id").ifPresent(Field::text);
    item.find("status").ifPresent(Field::text);
  }

  private static String content(Field content) {
    if (content.value().isString()) {
      return content.text();
    }
    if (!content.value().isArray()) {
      throw content.wrongType("a string or an array of text parts");
    }
    return content.elements().stream().map(InputItems::part).collect(Collectors.joining());
  }

  private static String part(Field part) {
    Fields fields = part.object();
    fields.find("annotations").ifPresent(Field::elements);
    fields.find("logprobs").ifPresent(Field::elements);
    return Messages.part(fields, "input_text", "output_text");
  }
}
