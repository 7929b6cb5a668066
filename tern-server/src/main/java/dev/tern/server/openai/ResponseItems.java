package dev.tern.server.openai;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Puts the output of a response together, item by item, and tells of each step as an event. For
/// use by one thread.
final class ResponseItems {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final String id;
  private final BiConsumer<String, ObjectNode> events;
  private final List<ObjectNode> finished = new ArrayList<>();

  /// Whether the last item is a message that goes on.
  private boolean speaking;

  private final StringBuilder text = new StringBuilder();
  private ArrayNode logprobs = JSON.arrayNode();

  /// Begins without items.
  ///
  /// @param id what ids of items end with
  /// @param events told of the type and the fields of each step
  ResponseItems(String id, BiConsumer<String, ObjectNode> events) {
    this.id = id;
    this.events = events;
  }

  /// Says something more, in a message of its own where the last item is none.
  ///
  /// @param more what
  /// @param scored how likely its tokens are
  void say(String more, ArrayNode scored) {
    if (!speaking) {
      speaking = true;
      text.setLength(0);
      logprobs = JSON.arrayNode();
      events.accept("response.output_item.added", itemEvent(message("in_progress")));
      ObjectNode part = partEvent();
      part.set("part", part("", JSON.arrayNode()));
      events.accept("response.content_part.added", part);
    }
    if (!more.isEmpty() || !scored.isEmpty()) {
      text.append(more);
      logprobs.addAll(scored);
      ObjectNode delta = partEvent().put("delta", more);
      delta.set("logprobs", scored);
      events.accept("response.output_text.delta", delta);
    }
  }

  /// Calls a tool.
  ///
  /// @param call which, and how
  void call(Speech.Call call) {
    stopSpeaking("completed");
    ObjectNode item =
        JSON.objectNode()
            .put("id", itemId("fc"))
            .put("type", "function_call")
            .put("status", "in_progress")
            .put("call_id", call.id())
            .put("name", call.name())
            .put("arguments", "");
    events.accept("response.output_item.added", itemEvent(item.deepCopy()));
    ObjectNode delta = callEvent().put("delta", call.arguments());
    events.accept("response.function_call_arguments.delta", delta);
    ObjectNode done = callEvent().put("name", call.name()).put("arguments", call.arguments());
    events.accept("response.function_call_arguments.done", done);
    item.put("status", "completed").put("arguments", call.arguments());
    events.accept("response.output_item.done", itemEvent(item));
    finished.add(item);
  }

  /// {@return all items, a message that says nothing where there would be none}
  ///
  /// @param status how the last message ends
  List<ObjectNode> end(String status) {
    if (finished.isEmpty()) {
      say("", JSON.arrayNode());
    }
    stopSpeaking(status);
    return List.copyOf(finished);
  }

  private void stopSpeaking(String status) {
    if (!speaking) {
      return;
    }
    String said = text.toString();
    ObjectNode done = partEvent().put("text", said);
    done.set("logprobs", logprobs);
    events.accept("response.output_text.done", done);
    ObjectNode part = partEvent();
    part.set("part", part(said, logprobs));
    events.accept("response.content_part.done", part);
    ObjectNode message = message(status, part(said, logprobs));
    events.accept("response.output_item.done", itemEvent(message));
    finished.add(message);
    speaking = false;
  }

  private ObjectNode message(String status, ObjectNode... parts) {
    ObjectNode message =
        JSON.objectNode()
            .put("id", itemId("msg"))
            .put("type", "message")
            .put("status", status)
            .put("role", "assistant");
    message.putArray("content").addAll(List.of(parts));
    return message;
  }

  private static ObjectNode part(String said, ArrayNode scored) {
    ObjectNode part = JSON.objectNode().put("type", "output_text").put("text", said);
    part.putArray("annotations");
    part.set("logprobs", scored);
    return part;
  }

  private String itemId(String kind) {
    return "%s_%s_%d".formatted(kind, id, finished.size());
  }

  private ObjectNode itemEvent(ObjectNode item) {
    ObjectNode event = JSON.objectNode().put("output_index", finished.size());
    event.set("item", item);
    return event;
  }

  private ObjectNode partEvent() {
    return JSON.objectNode()
        .put("item_id", itemId("msg"))
        .put("output_index", finished.size())
        .put("content_index", 0);
  }

  private ObjectNode callEvent() {
    return JSON.objectNode().put("item_id", itemId("fc")).put("output_index", finished.size());
  }
}
