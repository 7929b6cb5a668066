package dev.tern.server.openai;

import dev.tern.GenerationResult;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes answers of a conversation.
final class ChatFormat implements WholeReply.Format {
  @Override
  public ObjectNode text(int choice, GenerationResult result) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer
        .putObject("message")
        .put("role", "assistant")
        .put("content", result.text())
        .putNull("refusal");
    return answer.put("finish_reason", UsageCount.finishReason(result));
  }

  @Override
  public ObjectNode logProbabilities(List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    return ChatLogProbabilities.write(tokens, texts);
  }
}
