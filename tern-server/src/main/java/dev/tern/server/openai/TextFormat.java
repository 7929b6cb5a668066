package dev.tern.server.openai;

import dev.tern.GenerationResult;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes texts.
///
/// @param choices which texts there are
/// @param beginnings what the texts of each prompt begin with
record TextFormat(Choices choices, List<String> beginnings) implements WholeReply.Format {
  /// Copies the list.
  TextFormat {
    beginnings = List.copyOf(beginnings);
  }

  @Override
  public ObjectNode text(int choice, GenerationResult result) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("text", beginnings.get(choices.promptOf(choice)) + result.text())
        .put("finish_reason", UsageCount.finishReason(result));
  }

  @Override
  public ObjectNode logProbabilities(List<ScoredTokens.Scored> tokens, ScoredTokens texts) {
    return TextLogProbabilities.write(tokens, texts);
  }
}
