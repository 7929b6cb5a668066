package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.EventStream;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A call that came over HTTP.
final class HttpCall implements Call {
  private final String id;
  private final JsonBodies bodies;
  private final ServerRequest request;
  private final ServerResponse response;
  private final List<Runnable> whenGone = new ArrayList<>();
  private boolean gone;
  private @Nullable HttpEventStream stream;

  HttpCall(String id, JsonBodies bodies, ServerRequest request, ServerResponse response) {
    this.id = id;
    this.bodies = bodies;
    this.request = request;
    this.response = response;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public ObjectNode body() {
    return bodies.read(request);
  }

  @Override
  public String pathParameter(String name) {
    return request
        .path()
        .pathParameters()
        .first(name)
        .orElseThrow(() -> new IllegalArgumentException("the path has nothing called " + name));
  }

  @Override
  public void reply(JsonNode answer) {
    send(200, answer);
  }

  @Override
  public EventStream stream() {
    HttpEventStream begun = new HttpEventStream(response, bodies.mapper());
    stream = begun;
    return begun;
  }

  @Override
  public void onGone(Runnable action) {
    synchronized (whenGone) {
      if (!gone) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  /// Says that nobody waits for the answer any more.
  void leave() {
    List<Runnable> actions;
    synchronized (whenGone) {
      gone = true;
      actions = List.copyOf(whenGone);
      whenGone.clear();
    }
    actions.forEach(Runnable::run);
  }

  /// Answers with a refusal, inside the stream where that has begun.
  void refuse(ApiException refusal) {
    HttpEventStream begun = stream;
    if (begun != null) {
      begun.data(refusal.body());
      begun.done();
      return;
    }
    refusal
        .retryAfter()
        .ifPresent(
            after -> response.header(HeaderNames.RETRY_AFTER, Long.toString(after.toSeconds())));
    send(refusal.status(), refusal.body());
  }

  /// Ends an answer that is a stream.
  void end() {
    HttpEventStream begun = stream;
    if (begun != null) {
      begun.close();
    }
  }

  private void send(int status, JsonNode answer) {
    try {
      response
          .status(status)
          .header(HeaderNames.CONTENT_TYPE, "application/json")
          .send(bodies.mapper().writeValueAsBytes(answer));
    } catch (UncheckedIOException broken) {
      throw new ClientGoneException("the answer could not be sent");
    }
  }
}
