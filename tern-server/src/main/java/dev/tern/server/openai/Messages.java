package dev.tern.server.openai;

import dev.tern.chat.ChatMessage;
import dev.tern.chat.ToolCall;
import dev.tern.server.api.ApiException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Reads the messages of a conversation.
final class Messages {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

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
  /// @param most how many there may be
  /// @throws ApiException if one cannot be, or there are none or too many
  static List<ChatMessage> read(Field messages, int most) {
    List<Field> elements = messages.elements();
    requireCount(messages, elements.size(), most);
    List<ChatMessage> read = new ArrayList<>();
    for (Field element : elements) {
      read.add(message(element.object(), read));
    }
    return read;
  }

  /// Refuses none and too many.
  ///
  /// @param messages the field that has them
  /// @param count how many there are
  /// @param most how many there may be
  /// @throws ApiException if that is not so
  static void requireCount(Field messages, int count, int most) {
    if (count == 0) {
      throw messages.wrongValue("must not be empty");
    }
    if (count > most) {
      throw messages.wrongValue("has %d elements; at most %d can be".formatted(count, most));
    }
  }

  private static ChatMessage message(Fields message, List<ChatMessage> before) {
    String role = message.require("role").oneOf("system", "developer", "user", "assistant", "tool");
    ChatMessage read =
        switch (role) {
          case "system", "developer" -> ChatMessage.system(content(message.require("content")));
          case "user" -> ChatMessage.user(content(message.require("content")));
          case "tool" -> answer(message, before);
          default -> assistant(message);
        };
    message.refuse(REFUSED);
    message.end();
    return read;
  }

  private static ChatMessage answer(Fields message, List<ChatMessage> before) {
    Field id = message.require("tool_call_id");
    requireCalled(id, before);
    message.find("name").ifPresent(Field::text);
    return ChatMessage.tool(id.text(), content(message.require("content")));
  }

  /// Refuses the answer to a call that nobody made.
  ///
  /// @param id of the call
  /// @param before what was said before
  static void requireCalled(Field id, List<ChatMessage> before) {
    String wanted = id.text();
    if (before.stream()
        .flatMap(each -> each.toolCalls().stream())
        .noneMatch(call -> call.id().equals(wanted))) {
      throw id.wrongValue("is '%s', but no message before calls a tool by that".formatted(wanted));
    }
  }

  private static ChatMessage assistant(Fields message) {
    List<Field> calls = message.find("tool_calls").map(Field::elements).orElse(List.of());
    Optional<Field> content =
        calls.isEmpty() ? Optional.of(message.require("content")) : message.find("content");
    return ChatMessage.assistant(
        content.map(Messages::content).orElse(""), calls.stream().map(Messages::call).toList());
  }

  private static ToolCall call(Field call) {
    Fields fields = call.object();
    String id = fields.require("id").text();
    fields.require("type").oneOf("function");
    Fields function = fields.require("function").object();
    Field arguments = function.require("arguments");
    ToolCall read = new ToolCall(id, function.require("name").text(), arguments(arguments));
    function.end();
    fields.end();
    return read;
  }

  /// {@return the text of a JSON object}
  ///
  /// @param arguments the field that has it
  static String arguments(Field arguments) {
    String text = arguments.text();
    try {
      if (JSON.readTree(text).isObject()) {
        return text;
      }
    } catch (JacksonException wrong) {
      throw arguments.wrongValue("must be the text of a JSON object, but is not valid JSON");
    }
    throw arguments.wrongValue("must be the text of a JSON object");
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
