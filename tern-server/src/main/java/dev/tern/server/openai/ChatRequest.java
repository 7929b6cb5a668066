package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.chat.ChatMessage;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a call of `/v1/chat/completions` asks for.
///
/// @param messages at least one
/// @param tools what the answers may call
/// @param choices how many answers
/// @param options how to generate them
/// @param streaming how to send them
/// @param grammarField the field that says what the answers may look like
record ChatRequest(
    List<ChatMessage> messages,
    ToolUse tools,
    int choices,
    GenerationOptions options,
    CommonFields.Streaming streaming,
    String grammarField) {
  private static final int MOST_LIKELIEST = 20;

  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("audio", "is not supported: the model writes text alone"),
          Map.entry("prediction", "is not supported"),
          Map.entry("web_search_options", "is not supported: the server reaches nothing"),
          Map.entry("moderation", "is not supported"),
          Map.entry("verbosity", "is not supported: say it in a message"),
          Map.entry("reasoning_effort", "is not supported: the model does not reason apart"),
          Map.entry("prompt_cache_retention", "is not supported"),
          Map.entry("prompt_cache_options", "is not supported"),
          Map.entry("functions", "is not supported: use 'tools'"),
          Map.entry("function_call", "is not supported: use 'tool_choice'"));

  /// Copies the messages.
  ChatRequest {
    messages = List.copyOf(messages);
  }

  /// {@return what a request asks for}
  ///
  /// @param fields the request's
  /// @param served what answers
  /// @param grammars reads what the answer may look like
  /// @param mostMessages how many messages there may be
  /// @throws ApiException if it cannot be
  static ChatRequest read(
      Fields fields, ServedModel served, GrammarFields grammars, int mostMessages) {
    CommonFields.requireModel(fields, served);
    fields.refuse(REFUSED);
    fields.acceptOnly(
        "modalities", "[\"text\"]", "must be [\"text\"]: the model writes text alone");
    CommonFields.acceptLabels(fields);
    List<ChatMessage> messages = Messages.read(fields.require("messages"), mostMessages);
    GenerationOptions.Builder options = SamplingFields.read(fields, served.model().tokenizer());
    CommonFields.readLimit(fields, options, "max_completion_tokens", "max_tokens");
    readLogProbabilities(fields, options);
    Optional<GrammarFields.Constraint> constraint = grammars.read(fields);
    constraint.ifPresent(each -> options.grammar(each.grammar()));
    ToolUse tools = ToolUse.of(ToolFields.readChat(fields), served);
    tools.demand(options, constraint, grammars);
    tools.requireNoLogProbabilities(fields, "logprobs");
    int choices = CommonFields.choices(fields);
    CommonFields.Streaming streaming = CommonFields.streaming(fields);
    fields.end();
    return new ChatRequest(
        messages,
        tools,
        choices,
        options.build(),
        streaming,
        constraint
            .map(GrammarFields.Constraint::field)
            .orElse(tools.request().isPresent() ? "tools" : "response_format"));
  }

  private static void readLogProbabilities(Fields fields, GenerationOptions.Builder options) {
    boolean wanted = fields.flag("logprobs", false);
    Optional<Field> likeliest = fields.find("top_logprobs");
    if (likeliest.isPresent() && !wanted) {
      throw likeliest.get().wrongValue("needs 'logprobs' to be true");
    }
    if (wanted) {
      options.logProbabilities(likeliest.map(field -> field.integer(0, MOST_LIKELIEST)).orElse(0));
    }
  }
}
