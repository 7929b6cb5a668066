package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Sends a response as events that have types and numbers. The last one is the response as a whole;
/// there is no `[DONE]`.
final class ResponseStream implements Answer {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Call call;
  private final ResponseObject response;
  private final Choices choices;
  private final UsageCount usage;
  private final ArrayNode logprobs = JSON.arrayNode();
  private int sequence;
  private @Nullable EventStream stream;

  ResponseStream(Call call, ResponseObject response, Choices choices) {
    this.call = call;
    this.response = response;
    this.choices = choices;
    this.usage = new UsageCount(choices);
  }

  @Override
  public void begin() {
    stream = call.stream();
    sendResponse("response.created", response.running());
    sendResponse("response.in_progress", response.running());
    sendItem("response.output_item.added", response.message("in_progress"));
    ObjectNode part = partEvent();
    part.set("part", ResponseObject.part("", JSON.arrayNode()));
    send("response.content_part.added", part);
  }

  @Override
  public void token(int choice, Token token) {
    sendText(token.text(), choices.add(choice, token));
  }

  private void sendText(String text, List<ScoredTokens.Scored> scored) {
    if (text.isEmpty() && scored.isEmpty()) {
      return;
    }
    ArrayNode own = JSON.arrayNode();
    choices.scores(0).ifPresent(scores -> ChatLogProbabilities.writeAll(own, scored, scores));
    logprobs.addAll(own);
    ObjectNode delta = partEvent().put("delta", text);
    delta.set("logprobs", own);
    send("response.output_text.delta", delta);
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    sendText("", choices.end(choice, result));
    ObjectNode done = partEvent().put("text", result.text());
    done.set("logprobs", logprobs);
    send("response.output_text.done", done);
    ObjectNode part = partEvent();
    part.set("part", ResponseObject.part(result.text(), logprobs));
    send("response.content_part.done", part);
    String status = ResponseObject.statusOf(result);
    ObjectNode message = response.message(status, ResponseObject.part(result.text(), logprobs));
    sendItem("response.output_item.done", message);
    sendResponse("response." + status, response.ended(result, List.of(message), usage));
  }

  @Override
  public void quiet() {
    stream().comment("waiting");
  }

  @Override
  public void failed(ApiException refusal) {
    sendResponse("response.failed", response.failed(refusal));
  }

  @Override
  public void finish() {}

  private ObjectNode partEvent() {
    return JSON.objectNode()
        .put("item_id", response.messageId())
        .put("output_index", 0)
        .put("content_index", 0);
  }

  private void sendItem(String type, ObjectNode item) {
    ObjectNode event = JSON.objectNode().put("output_index", 0);
    event.set("item", item);
    send(type, event);
  }

  private void sendResponse(String type, ObjectNode whole) {
    ObjectNode event = JSON.objectNode();
    event.set("response", whole);
    send(type, event);
  }

  private void send(String type, ObjectNode fields) {
    ObjectNode event = JSON.objectNode().put("type", type).put("sequence_number", sequence++);
    event.setAll(fields);
    stream().event(type, event);
  }

  private EventStream stream() {
    return Objects.requireNonNull(stream, "the stream has not begun");
  }
}
