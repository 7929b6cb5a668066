package dev.tern.server.openai;

import dev.tern.chat.ChatMessage;
import dev.tern.chat.Role;
import dev.tern.server.api.ApiException;
import java.util.List;
import java.util.stream.Collectors;

/// Reads the input of a response: a text, or items as they stand in input and output.
final class InputItems {
  private InputItems() {}

  /// {@return what was said so far}
  ///
  /// @param input the field that has it
  /// @throws ApiException if an item cannot be
  static List<ChatMessage> read(Field input) {
    if (input.value().isString()) {
      return List.of(ChatMessage.user(input.text()));
    }
    if (!input.value().isArray()) {
      throw input.wrongType("a string or an array of items");
    }
    List<Field> items = input.elements();
    if (items.isEmpty()) {
      throw input.wrongValue("must have at least one item");
    }
    return items.stream().map(item -> message(item.object())).toList();
  }

  private static ChatMessage message(Fields item) {
    item.find("type")
        .filter(type -> !type.text().equals("message"))
        .ifPresent(type -> {
          throw type.unsupported(
              "is '%s', which is not supported: items of type 'message'".formatted(type.text()));
        });
    Role role =
        switch (item.require("role").oneOf("system", "developer", "user", "assistant")) {
          case "system", "developer" -> Role.SYSTEM;
          case "user" -> Role.USER;
          default -> Role.ASSISTANT;
        };
    acceptMarks(item);
    String content = content(item.require("content"));
    item.end();
    return new ChatMessage(role, content);
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
