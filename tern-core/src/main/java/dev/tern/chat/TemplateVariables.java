package dev.tern.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A conversation as templates of Hugging Face get it: messages and tools in the shape of OpenAI's
/// protocol, arguments of calls as objects.
final class TemplateVariables {
  private final UnaryOperator<String> eachText;
  private final boolean saysNothing;

  /// @param eachText what becomes of every text that is from the conversation
  /// @param saysNothing whether a message that only calls tools has no content, which is not the
  ///   same as an empty one
  TemplateVariables(UnaryOperator<String> eachText, boolean saysNothing) {
    this.eachText = eachText;
    this.saysNothing = saysNothing;
  }

  Map<String, @Nullable Object> of(Conversation conversation) {
    List<Object> messages = new ArrayList<>();
    conversation.messages().forEach(each -> messages.add(message(each)));
    List<Object> tools = new ArrayList<>();
    conversation.tools().forEach(each -> tools.add(tool(each)));
    Map<String, @Nullable Object> variables = new LinkedHashMap<>();
    variables.put("messages", messages);
    variables.put("tools", tools.isEmpty() ? null : tools);
    return variables;
  }

  private Map<String, @Nullable Object> message(ChatMessage message) {
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    entries.put("role", message.role().wireName());
    boolean onlyCalls = message.content().isEmpty() && !message.toolCalls().isEmpty();
    entries.put("content", onlyCalls && saysNothing ? null : eachText.apply(message.content()));
    message.name().ifPresent(name -> entries.put("name", eachText.apply(name)));
    message.toolCallId().ifPresent(id -> entries.put("tool_call_id", eachText.apply(id)));
    if (!message.toolCalls().isEmpty()) {
      entries.put("tool_calls", message.toolCalls().stream().map(this::call).toList());
    }
    return entries;
  }

  private Object call(ToolCall call) {
    String what =
        "the arguments of the call '%s' of the tool '%s'".formatted(call.id(), call.name());
    Map<String, @Nullable Object> function = new LinkedHashMap<>();
    function.put("name", eachText.apply(call.name()));
    function.put("arguments", object(what, call.arguments()));
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    entries.put("id", eachText.apply(call.id()));
    entries.put("type", "function");
    entries.put("function", function);
    return entries;
  }

  private Object tool(ToolDefinition tool) {
    String what = "the parameters of the tool '%s'".formatted(tool.name());
    Map<String, @Nullable Object> function = new LinkedHashMap<>();
    function.put("name", eachText.apply(tool.name()));
    tool.description().ifPresent(text -> function.put("description", eachText.apply(text)));
    tool.parameters().ifPresent(schema -> function.put("parameters", object(what, schema)));
    Map<String, @Nullable Object> entries = new LinkedHashMap<>();
    entries.put("type", "function");
    entries.put("function", function);
    return entries;
  }

  private @Nullable Object object(String what, String json) {
    return ToolJson.plain(what, ToolJson.object(what, json), eachText);
  }
}
