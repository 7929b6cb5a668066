package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.StopReason;
import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.engine.ServedModel;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes the object that a response is, in each of its states.
///
/// @param id tells it from all others
/// @param created when, in seconds since 1970
/// @param model what answers
/// @param options how it is generated
/// @param told what it says again of the request, by name
record ResponseObject(
    String id, long created, String model, GenerationOptions options, Map<String, JsonNode> told) {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  /// {@return the response to a call}
  ///
  /// @param call what asks
  /// @param request what it asks for
  /// @param served what answers
  static ResponseObject of(Call call, ResponseRequest request, ServedModel served) {
    return new ResponseObject(
        "resp_" + call.id(),
        Instant.now().getEpochSecond(),
        served.id(),
        request.options(),
        request.told());
  }

  /// {@return it while it is being generated}
  ObjectNode running() {
    return write("in_progress", List.of());
  }

  /// {@return it when it has ended}
  ///
  /// @param result what came of it
  /// @param output its items
  /// @param usage what it cost
  ObjectNode ended(GenerationResult result, List<ObjectNode> output, UsageCount usage) {
    ObjectNode response = write(statusOf(result), output);
    if (isCut(result)) {
      response.putObject("incomplete_details").put("reason", "max_output_tokens");
    } else {
      response.put("completed_at", Instant.now().getEpochSecond());
    }
    ObjectNode cost = response.putObject("usage").put("input_tokens", usage.promptTokens());
    cost.putObject("input_tokens_details")
        .put("cached_tokens", usage.cachedTokens())
        .put("cache_write_tokens", 0);
    cost.put("output_tokens", usage.generatedTokens());
    cost.putObject("output_tokens_details").put("reasoning_tokens", 0);
    cost.put("total_tokens", usage.promptTokens() + usage.generatedTokens());
    usage.writeTimings(response);
    return response;
  }

  /// {@return it when it has failed}
  ///
  /// @param refusal why
  ObjectNode failed(ApiException refusal) {
    ObjectNode response = write("failed", List.of());
    response
        .putObject("error")
        .put("code", refusal.status() < 500 ? "invalid_prompt" : "server_error")
        .put("message", refusal.getMessage());
    return response;
  }

  private static boolean isCut(GenerationResult result) {
    return result.stopReason() == StopReason.MAX_TOKENS
        || result.stopReason() == StopReason.CONTEXT_FULL;
  }

  /// {@return how a response, or an item of it, has ended}
  ///
  /// @param result what came of it
  static String statusOf(GenerationResult result) {
    return isCut(result) ? "incomplete" : "completed";
  }

  private ObjectNode write(String status, List<ObjectNode> output) {
    ObjectNode response =
        JSON.objectNode()
            .put("id", id)
            .put("object", "response")
            .put("created_at", created)
            .put("status", status)
            .putNull("completed_at")
            .putNull("error")
            .putNull("incomplete_details");
    response.set("instructions", told.getOrDefault("instructions", JSON.nullNode()));
    response.set("max_output_tokens", told.getOrDefault("max_output_tokens", JSON.nullNode()));
    response.put("model", model);
    response.putArray("output").addAll(output);
    response.set(
        "parallel_tool_calls", told.getOrDefault("parallel_tool_calls", JSON.booleanNode(true)));
    response.putNull("previous_response_id").put("store", false);
    response.put("temperature", options.temperature());
    response.set("text", text());
    response.set("tool_choice", told.getOrDefault("tool_choice", JSON.stringNode("auto")));
    response.set("tools", told.getOrDefault("tools", JSON.arrayNode()));
    response.put("top_p", options.topP()).put("truncation", "disabled");
    response.set("metadata", told.getOrDefault("metadata", JSON.objectNode()));
    return response;
  }

  private JsonNode text() {
    JsonNode text = told.get("text");
    if (text != null && text.has("format")) {
      return text;
    }
    ObjectNode any = JSON.objectNode();
    any.putObject("format").put("type", "text");
    return any;
  }
}
