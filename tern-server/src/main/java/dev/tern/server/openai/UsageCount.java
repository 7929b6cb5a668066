package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Usage;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Counts what the texts of a call cost. A prompt with several texts counts once. For use by one
/// thread.
final class UsageCount {
  private final Choices choices;
  private int promptTokens;
  private int cachedTokens;
  private int generatedTokens;
  private Optional<Usage> only = Optional.empty();

  /// Begins at nothing.
  ///
  /// @param choices which texts there are
  UsageCount(Choices choices) {
    this.choices = choices;
  }

  /// Adds a text that has ended.
  ///
  /// @param choice which, from 0
  /// @param result what came of it
  void add(int choice, GenerationResult result) {
    Usage usage = result.usage();
    only = choices.count() == 1 ? Optional.of(usage) : Optional.empty();
    generatedTokens += usage.generatedTokens();
    if (choices.isFirst(choice)) {
      promptTokens += usage.promptTokens();
      cachedTokens += usage.cachedTokens();
    }
  }

  /// {@return tokens of the prompts}
  int promptTokens() {
    return promptTokens;
  }

  /// {@return how many of those were not computed again}
  int cachedTokens() {
    return cachedTokens;
  }

  /// {@return tokens of the texts}
  int generatedTokens() {
    return generatedTokens;
  }

  /// {@return the count, as completions tell it}
  ObjectNode write() {
    ObjectNode usage =
        JsonNodeFactory.instance
            .objectNode()
            .put("prompt_tokens", promptTokens)
            .put("completion_tokens", generatedTokens)
            .put("total_tokens", promptTokens + generatedTokens);
    usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
    return usage;
  }

  /// Writes how long it took, in llama.cpp's words, where there was one text.
  ///
  /// @param answer gets `timings`
  void writeTimings(ObjectNode answer) {
    only.ifPresent(usage ->
        answer
            .putObject("timings")
            .put("cache_n", usage.cachedTokens())
            .put("prompt_n", usage.promptTokens() - usage.cachedTokens())
            .put("prompt_ms", usage.promptNanos() / 1e6)
            .put("prompt_per_second", usage.promptTokensPerSecond())
            .put("predicted_n", usage.generatedTokens())
            .put("predicted_ms", usage.generationNanos() / 1e6)
            .put("predicted_per_second", usage.generatedTokensPerSecond()));
  }

  /// {@return why a text ended, in the protocol's words}
  ///
  /// @param result what came of it
  static String finishReason(GenerationResult result) {
    return switch (result.stopReason()) {
      case END_OF_TURN, GRAMMAR_COMPLETE, STOP_TEXT -> "stop";
      case MAX_TOKENS, CONTEXT_FULL -> "length";
      case CANCELLED -> throw new IllegalStateException("nobody waits for a cancelled text");
    };
  }

  /// {@return why a text ended that may have called tools, in the protocol's words}
  ///
  /// @param result what came of it
  /// @param speech what was said in it
  static String finishReason(GenerationResult result, Speech speech) {
    String reason = finishReason(result);
    return reason.equals("stop") && speech.called() ? "tool_calls" : reason;
  }
}
