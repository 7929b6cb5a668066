package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.chat.ChatMessage;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a call of `/v1/responses` asks for.
///
/// @param messages at least one, instructions first
/// @param tools what the answer may call
/// @param options how to answer
/// @param stream whether to send the answer piece by piece
/// @param told what the answer says again of the request, by name
record ResponseRequest(
    List<ChatMessage> messages,
    ToolUse tools,
    GenerationOptions options,
    boolean stream,
    Map<String, JsonNode> told) {
  private static final int MOST_LIKELIEST = 20;
  private static final String LOG_PROBABILITIES = "message.output_text.logprobs";
  private static final String KEPT = "is not supported: nothing is kept; send the whole input";

  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("previous_response_id", KEPT),
          Map.entry("conversation", KEPT),
          Map.entry("prompt", KEPT),
          Map.entry("context_management", KEPT),
          Map.entry("max_tool_calls", "is not supported: the server calls nothing by itself"),
          Map.entry("moderation", "is not supported"),
          Map.entry("reasoning", "is not supported: the model does not reason apart"),
          Map.entry("prompt_cache_retention", "is not supported"),
          Map.entry("prompt_cache_options", "is not supported"));

  /// Copies what is given.
  ResponseRequest {
    messages = List.copyOf(messages);
    told = Map.copyOf(told);
  }

  /// {@return what a request asks for}
  ///
  /// @param fields the request's
  /// @param served what answers
  /// @param grammars reads what the answer may look like
  /// @param mostMessages how many messages there may be
  /// @throws ApiException if it cannot be
  static ResponseRequest read(
      Fields fields, ServedModel served, GrammarFields grammars, int mostMessages) {
    CommonFields.requireModel(fields, served);
    fields.refuse(REFUSED);
    CommonFields.acceptLabels(fields);
    fields.acceptOnly("background", "false", "must be false: " + KEPT);
    fields.acceptOnly("truncation", "\"disabled\"", "must be disabled: nothing is left out");
    GenerationOptions.Builder options = SamplingFields.read(fields, served.model().tokenizer());
    CommonFields.readLimit(fields, options, "max_output_tokens");
    readLogProbabilities(fields, options);
    Optional<GrammarFields.Constraint> constraint =
        fields.find("text").flatMap(field -> grammars.readText(field.object()));
    constraint.ifPresent(each -> options.grammar(each.grammar()));
    ToolUse tools = ToolUse.of(ToolFields.readResponse(fields), served);
    tools.demand(options, constraint, grammars);
    tools.requireNoLogProbabilities(fields, "include");
    boolean stream = CommonFields.streaming(fields).stream();
    List<ChatMessage> messages = new ArrayList<>();
    Optional<Field> instructions = fields.find("instructions");
    instructions.ifPresent(field -> messages.add(ChatMessage.system(field.text())));
    messages.addAll(InputItems.read(fields.require("input"), mostMessages));
    Map<String, JsonNode> told = told(fields);
    fields.end();
    return new ResponseRequest(messages, tools, options.build(), stream, told);
  }

  private static void readLogProbabilities(Fields fields, GenerationOptions.Builder options) {
    Optional<Field> include = fields.find("include");
    for (Field each : include.map(Field::elements).orElse(List.of())) {
      each.oneOf(LOG_PROBABILITIES);
    }
    Optional<Field> likeliest = fields.find("top_logprobs");
    int count = likeliest.map(field -> field.integer(0, MOST_LIKELIEST)).orElse(0);
    boolean wanted = include.isPresent() && !include.get().value().isEmpty();
    if (count > 0 && !wanted) {
      throw likeliest
          .orElseThrow()
          .wrongValue("needs '%s' in 'include'".formatted(LOG_PROBABILITIES));
    }
    if (wanted) {
      options.logProbabilities(count);
    }
  }

  private static Map<String, JsonNode> told(Fields fields) {
    Map<String, JsonNode> told = new HashMap<>();
    for (String name :
        List.of(
            "instructions",
            "max_output_tokens",
            "metadata",
            "text",
            "tool_choice",
            "parallel_tool_calls")) {
      fields.find(name).ifPresent(field -> told.put(name, field.value()));
    }
    fields.find("tools").ifPresent(field -> told.put("tools", tools(field)));
    return told;
  }

  /// What the published shape of a tool requires is there, also where it was left out.
  private static ArrayNode tools(Field tools) {
    ArrayNode told = JsonNodeFactory.instance.arrayNode();
    for (Field tool : tools.elements()) {
      ObjectNode copy = told.addObject();
      copy.putNull("parameters").put("strict", false);
      copy.setAll((ObjectNode) tool.value());
    }
    return told;
  }
}
