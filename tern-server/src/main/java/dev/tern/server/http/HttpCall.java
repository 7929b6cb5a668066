package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.CallReport;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.Document;
import dev.tern.server.api.EventStream;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A call that came over HTTP.
final class HttpCall implements Call {
  /// What nginx logs for a client that went before the answer.
  static final int CLIENT_GONE = 499;

  private final String id;
  private final JsonBodies bodies;
  private final ServerRequest request;
  private final ServerResponse response;
  private final List<Runnable> whenGone = new ArrayList<>();
  private @Nullable HttpEventStream stream;
  private @Nullable ObjectNode body;
  private CallReport.@Nullable Usage usage;
  private int status = CLIENT_GONE;

  /// Why nobody waits for the answer any more; guarded by [#whenGone].
  private @Nullable RuntimeException over;

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
    ObjectNode read = bodies.read(request);
    body = read;
    return read;
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
    requireInTime();
    send(200, "application/json", bodies.mapper().writeValueAsBytes(answer));
  }

  @Override
  public EventStream stream() {
    requireInTime();
    HttpEventStream begun = new HttpEventStream(response, bodies.mapper(), this::requireWaiting);
    status = 200;
    stream = begun;
    return begun;
  }

  @Override
  public void onGone(Runnable action) {
    synchronized (whenGone) {
      if (over == null) {
        whenGone.add(action);
        return;
      }
    }
    action.run();
  }

  @Override
  public void used(int promptTokens, int generatedTokens) {
    usage = new CallReport.Usage(promptTokens, generatedTokens);
  }

  /// The client does not wait any more.
  void leave() {
    end(new ClientGoneException("the client has gone"));
  }

  /// The time of the call is over, or the server's.
  void expire(ApiException refusal) {
    end(refusal);
  }

  private void end(RuntimeException reason) {
    List<Runnable> actions;
    synchronized (whenGone) {
      if (over != null) {
        return;
      }
      over = reason;
      actions = List.copyOf(whenGone);
      whenGone.clear();
    }
    actions.forEach(Runnable::run);
  }

  private @Nullable RuntimeException over() {
    synchronized (whenGone) {
      return over;
    }
  }

  /// {@return what the client is told instead of an answer, if the time of the call is over}
  Optional<ApiException> expired() {
    return over() instanceof ApiException refusal ? Optional.of(refusal) : Optional.empty();
  }

  private void requireInTime() {
    expired()
        .ifPresent(refusal -> {
          throw refusal;
        });
  }

  private void requireWaiting() {
    RuntimeException reason = over();
    if (reason != null) {
      throw reason;
    }
  }

  /// Answers with a document.
  void reply(Document document) {
    document.headers().forEach(response::header);
    send(200, document.contentType(), document.bytes());
  }

  /// Answers with a refusal, inside the stream where that has begun.
  void refuse(ApiException refusal) {
    HttpEventStream begun = stream;
    if (begun != null) {
      begun.last(refusal.body());
      return;
    }
    refusal
        .retryAfter()
        .ifPresent(
            after -> response.header(HeaderNames.RETRY_AFTER, Long.toString(after.toSeconds())));
    if (refusal.status() == 401) {
      response.header(HeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (hasUnreadBody()) {
      response.header(HeaderNames.CONNECTION, "close");
    }
    send(refusal.status(), "application/json", bodies.mapper().writeValueAsBytes(refusal.body()));
  }

  /// Refuses the method.
  ///
  /// @param allowed those that there are
  void refuseVerb(List<String> allowed) {
    response.header(HeaderNames.ALLOW, String.join(", ", allowed));
    throw ApiException.of(
        405,
        "invalid_request_error",
        "method_not_allowed",
        "ask this address with " + String.join(" or ", allowed));
  }

  /// {@return whether the client may still be sending}
  boolean hasUnreadBody() {
    return request.content().hasEntity() && !request.content().consumed();
  }

  /// {@return whether anything was answered}
  boolean isAnswered() {
    return stream != null || response.isSent();
  }

  /// Ends an answer that is a stream.
  void end() {
    HttpEventStream begun = stream;
    if (begun != null) {
      begun.close();
    }
  }

  /// {@return HTTP's number for what was answered}
  int status() {
    return status;
  }

  /// Notes what was answered by somebody else.
  void answered(int number) {
    status = number;
  }

  /// Says that the answer did not reach the client.
  void lost() {
    status = CLIENT_GONE;
  }

  Optional<ObjectNode> readBody() {
    return Optional.ofNullable(body);
  }

  Optional<CallReport.Usage> usage() {
    return Optional.ofNullable(usage);
  }

  private void send(int number, String contentType, byte[] bytes) {
    try {
      status = number;
      response.status(number).header(HeaderNames.CONTENT_TYPE, contentType);
      if (request.prologue().method().equals(Method.HEAD)) {
        response.header(HeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length)).send();
      } else {
        response.send(bytes);
      }
    } catch (UncheckedIOException broken) {
      throw new ClientGoneException("the answer could not be sent");
    }
  }
}
