package dev.tern.server.openai;

import dev.tern.GenerationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes answers of a conversation.
///
/// @param speeches begins to tell calls from words in a text
record ChatFormat(IntFunction<Speech> speeches) implements WholeReply.Format {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  @Override
  public ObjectNode text(int choice, GenerationResult result) {
    Speech speech = speeches.apply(choice);
    List<Speech.Part> parts = new ArrayList<>(speech.append(result.text()));
    parts.addAll(speech.finish());
    StringBuilder content = new StringBuilder();
    ArrayNode calls = JSON.arrayNode();
    for (Speech.Part part : parts) {
      switch (part) {
        case Speech.Content(String text) -> content.append(text);
        case Speech.Call call -> calls.add(write(call));
      }
    }
    ObjectNode answer = JSON.objectNode();
    ObjectNode message = answer.putObject("message").put("role", "assistant");
    message.put("content", content.isEmpty() && !calls.isEmpty() ? null : content.toString());
    message.putNull("refusal");
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
    return answer.put("finish_reason", UsageCount.finishReason(result, speech));
  }

  /// {@return a call as messages have it}
  ///
  /// @param call of a tool
  static ObjectNode write(Speech.Call call) {
    ObjectNode written = JSON.objectNode().put("id", call.id()).put("type", "function");
    written.putObject("function").put("name", call.name()).put("arguments", call.arguments());
    return written;
  }

  @Override
  public ObjectNode logProbabilities(List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    return ChatLogProbabilities.write(tokens, texts);
  }
}
