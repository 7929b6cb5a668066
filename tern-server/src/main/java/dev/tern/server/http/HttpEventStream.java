package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.EventStream;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Server-sent events on a response. Helidon's own sink leaves out the space after `data:` that
/// hand-written clients look for.
final class HttpEventStream implements EventStream {
  private final ServerResponse response;
  private final OutputStream out;
  private final JsonMapper mapper;
  private final Runnable check;

  /// Begins a stream.
  ///
  /// @param check throws if nobody waits for more
  HttpEventStream(ServerResponse response, JsonMapper mapper, Runnable check) {
    this.response = response;
    this.mapper = mapper;
    this.check = check;
    this.out =
        response
            .status(200)
            .header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
            .header(HeaderNames.CACHE_CONTROL, "no-cache")
            .outputStream();
  }

  @Override
  public void data(JsonNode data) {
    write("data: " + mapper.writeValueAsString(data) + "\n\n");
  }

  @Override
  public void event(String name, JsonNode data) {
    write("event: " + name + "\ndata: " + mapper.writeValueAsString(data) + "\n\n");
  }

  @Override
  public void comment(String text) {
    write(": " + text + "\n\n");
  }

  @Override
  public void done() {
    write("data: [DONE]\n\n");
  }

  /// Sends an event and the end, whether or not the time of the call is over.
  void last(JsonNode data) {
    send("data: " + mapper.writeValueAsString(data) + "\n\ndata: [DONE]\n\n");
  }

  private void write(String text) {
    check.run();
    send(text);
  }

  private void send(String text) {
    try {
      out.write(text.getBytes(UTF_8));
      out.flush();
    } catch (IOException | RuntimeException broken) {
      throw new ClientGoneException("the stream could not be written");
    }
  }

  /// Ends the response.
  void close() {
    try {
      out.close();
      // Else Helidon sends the last chunk behind the handler, unless the connection ends with it.
      if (response instanceof RoutingResponse routing) {
        routing.commit();
      }
    } catch (IOException | RuntimeException broken) {
      throw new ClientGoneException("the stream could not be ended");
    }
  }
}
