package dev.tern.server.openai;

import dev.tern.chat.ChatMessage;
import dev.tern.chat.Role;
import dev.tern.server.api.ApiException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Reads the messages of a conversation.
final class Messages {
  private static final Map<String, String> REFUSED =
      Map.of(
          "name", "is not supported: chat templates have no names of speakers",
          "refusal", "is not supported",
          "audio", "is not supported: the model reads text alone",
          "function_call", "is not supported");

  private Messages() {}

  /// {@return the messages of a request}
  ///
  /// @param messages the field that has them
  /// @throws ApiException if one cannot be
  static List<ChatMessage> read(Field messages) {
    List<Field> elements = messages.elements();
    if (elements.isEmpty()) {
      throw messages.wrongValue("must have at least one message");
    }
    return elements.stream().map(element -> message(element.object())).toList();
  }

  private static ChatMessage message(Fields message) {
    Role role =
        switch (message.require("role").oneOf("system", "developer", "user", "assistant")) {
          case "system", "developer" -> Role.SYSTEM;
          case "user" -> Role.USER;
          default -> Role.ASSISTANT;
        };
    String content = content(message.require("content"));
    message.refuse(REFUSED);
    message.end();
    return new ChatMessage(role, content);
  }

  /// {@return a text that is given as a string or as an array of parts}
  ///
  /// @param content the field that has it
  /// @throws ApiException if there is something else than text
  static String content(Field content) {
    if (content.value().isString()) {
      return content.text();
    }
    if (!content.value().isArray()) {
      throw content.wrongType("a string or an array of text parts");
    }
    return content.elements().stream()
        .map(part -> part(part.object(), "text"))
        .collect(Collectors.joining());
  }

  /// {@return the text of a part}
  ///
  /// @param fields of an object with `type` and `text`
  /// @param types of parts that are text
  /// @throws ApiException if it is none
  static String part(Fields fields, String... types) {
    Field type = fields.require("type");
    if (!List.of(types).contains(type.text())) {
      throw type.unsupported(
          "is '%s', but the model reads text alone: parts of type '%s'"
              .formatted(type.text(), String.join("' or '", types)));
    }
    String text = fields.require("text").text();
    fields.end();
    return text;
  }
}
