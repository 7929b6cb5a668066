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

/// Sends a response: as a whole, or as events that have types and numbers, of which the last one is
/// the response as a whole. There is no `[DONE]`. For use by one thread.
final class ResponseAnswer implements Answer {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Call call;
  private final ResponseObject response;
  private final Choices choices;
  private final Speech speech;
  private final boolean streams;
  private final UsageCount usage;
  private final ResponseItems items;
  private int sequence;
  private @Nullable EventStream stream;

  /// Prepares to send.
  ///
  /// @param call is answered
  /// @param response what is said besides the output
  /// @param choices the one text
  /// @param speech tells calls from words in it
  /// @param streams whether to send events
  ResponseAnswer(
      Call call, ResponseObject response, Choices choices, Speech speech, boolean streams) {
    this.call = call;
    this.response = response;
    this.choices = choices;
    this.speech = speech;
    this.streams = streams;
    this.usage = new UsageCount(choices);
    this.items = new ResponseItems(call.id(), this::send);
  }

  @Override
  public void begin() {
    if (streams) {
      stream = call.stream();
      sendResponse("response.created", response.running());
      sendResponse("response.in_progress", response.running());
    }
  }

  @Override
  public void token(int choice, Token token) {
    say(speech.append(token.text()), choices.add(choice, token));
  }

  private void say(List<Speech.Part> parts, List<ScoredTokens.Scored> scored) {
    ArrayNode logprobs = JSON.arrayNode();
    choices.scores(0).ifPresent(scores -> ChatLogProbabilities.writeAll(logprobs, scored, scores));
    if (parts.isEmpty() && !scored.isEmpty()) {
      items.say("", logprobs);
    }
    for (Speech.Part part : parts) {
      switch (part) {
        case Speech.Content(String text) -> items.say(text, logprobs);
        case Speech.Call tool -> items.call(tool);
      }
    }
  }

  @Override
  public void ended(int choice, GenerationResult result) {
    usage.add(choice, result);
    say(speech.finish(), List.of());
    say(List.of(), choices.end(choice, result));
    String status = ResponseObject.statusOf(result);
    ObjectNode whole = response.ended(result, items.end(status), usage);
    if (streams) {
      sendResponse("response." + status, whole);
    } else {
      call.reply(whole);
    }
  }

  @Override
  public void quiet() {
    if (streams) {
      stream().comment("waiting");
    }
  }

  @Override
  public void failed(ApiException refusal) {
    if (!streams) {
      throw refusal;
    }
    sendResponse("response.failed", response.failed(refusal));
  }

  @Override
  public void finish() {}

  private void sendResponse(String type, ObjectNode whole) {
    ObjectNode event = JSON.objectNode();
    event.set("response", whole);
    send(type, event);
  }

  private void send(String type, ObjectNode fields) {
    if (streams) {
      ObjectNode event = JSON.objectNode().put("type", type).put("sequence_number", sequence++);
      event.setAll(fields);
      stream().event(type, event);
    }
  }

  private EventStream stream() {
    return Objects.requireNonNull(stream, "the stream has not begun");
  }
}
