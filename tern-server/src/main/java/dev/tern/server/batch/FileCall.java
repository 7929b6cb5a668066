package dev.tern.server.batch;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.EventStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A call from a file. Safe for use by many threads.
final class FileCall implements Call {
  private final String id;
  private final ObjectNode body;
  private final List<Runnable> whenGone = new ArrayList<>();
  private boolean gone;
  private @Nullable JsonNode answer;

  FileCall(String id, ObjectNode body) {
    this.id = id;
    this.body = body;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public ObjectNode body() {
    return body;
  }

  @Override
  public synchronized void reply(JsonNode value) {
    answer = value;
  }

  @Override
  public EventStream stream() {
    throw ApiException.invalid("stream", "a file has no streams");
  }

  @Override
  public void onGone(Runnable action) {
    synchronized (this) {
      if (!gone) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  /// Ends what is being computed for the call.
  void cancel() {
    List<Runnable> actions;
    synchronized (this) {
      gone = true;
      actions = List.copyOf(whenGone);
      whenGone.clear();
    }
    actions.forEach(Runnable::run);
  }

  /// {@return whether it was cancelled}
  synchronized boolean isCancelled() {
    return gone;
  }

  /// {@return the answer, once there is one}
  synchronized Optional<JsonNode> answer() {
    return Optional.ofNullable(answer);
  }
}
