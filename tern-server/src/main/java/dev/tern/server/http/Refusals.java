package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.server.api.ApiException;
import io.helidon.http.DirectHandler;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.http.DirectHandlers;

/// Answers what is refused before it is a call, such as a request that is not HTTP, in the shape of
/// all other refusals. Nothing of what was sent is in the answer.
final class Refusals {
  private Refusals() {}

  static DirectHandlers handlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (EventType type : EventType.values()) {
      handlers.addHandler(type, (_, event, status, headers, _) -> answer(event, status, headers));
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse answer(
      EventType event, Status status, ServerResponseHeaders headers) {
    ApiException refusal =
        event == EventType.INTERNAL_ERROR
            ? ApiException.of(500, "server_error", "internal_error", "internal server error")
            : ApiException.of(
                status.code(), "invalid_request_error", "invalid_http", explain(status));
    headers.set(HeaderNames.CONTENT_TYPE, "application/json");
    return DirectHandler.TransportResponse.builder()
        .status(event == EventType.INTERNAL_ERROR ? Status.INTERNAL_SERVER_ERROR_500 : status)
        .headers(headers)
        .keepAlive(false)
        .entity(refusal.body().toString().getBytes(UTF_8))
        .build();
  }

  private static String explain(Status status) {
    return switch (status.code()) {
      case 408 -> "the head of the request did not arrive in time";
      case 413 -> "the body is too large";
      case 414 -> "the first line of the request is too long";
      case 431 -> "the headers of the request are too large";
      case 503 -> "there are too many requests";
      case 505 -> "only HTTP/1.1 is spoken here";
      default -> "the request is not valid HTTP/1.1";
    };
  }
}
