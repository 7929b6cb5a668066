package dev.tern.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Speaks with a server as any client of the protocol does.
public final class Client implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final String url;

  /// Looks at a server.
  ///
  /// @param server takes the calls
  public Client(TestServer server) {
    this.url = server.url();
  }

  /// What was answered.
  ///
  /// @param status of HTTP
  /// @param body what came
  public record Reply(int status, JsonNode body) {}

  /// {@return what is answered to a GET}
  ///
  /// @param path for example `/v1/models`
  public Reply get(String path) {
    return reply(send(HttpRequest.newBuilder(URI.create(url + path)).build()));
  }

  /// {@return what is answered to a POST}
  ///
  /// @param path for example `/v1/completions`
  /// @param json the body; single quotes stand for double ones
  public Reply post(String path, String json) {
    return reply(send(request(path, json)));
  }

  /// {@return the answer to a POST that is answered well}
  ///
  /// @param path for example `/v1/completions`
  /// @param json the body; single quotes stand for double ones
  public JsonNode answer(String path, String json) {
    Reply reply = post(path, json);
    assertEquals(200, reply.status(), reply.body().toString());
    return reply.body();
  }

  /// {@return the events of a stream, which must end with `[DONE]`}
  ///
  /// @param path for example `/v1/completions`
  /// @param json the body; single quotes stand for double ones
  public List<JsonNode> events(String path, String json) {
    String body = stream(path, json);
    assertTrue(body.endsWith("data: [DONE]\n\n"), body);
    return parsed(body);
  }

  /// {@return the events of a stream of named events, whose names must be their types}
  ///
  /// @param path for example `/v1/responses`
  /// @param json the body; single quotes stand for double ones
  public List<JsonNode> typedEvents(String path, String json) {
    String body = stream(path, json);
    List<JsonNode> events = parsed(body);
    assertEquals(
        events.stream().map(event -> event.get("type").stringValue()).toList(),
        body.lines()
            .filter(line -> line.startsWith("event: "))
            .map(line -> line.substring("event: ".length()))
            .toList());
    return events;
  }

  private String stream(String path, String json) {
    HttpResponse<String> response = send(request(path, json));
    assertEquals(200, response.statusCode(), response.body());
    return response.body();
  }

  private static List<JsonNode> parsed(String body) {
    List<JsonNode> events = new ArrayList<>();
    for (String line : body.lines().toList()) {
      if (line.startsWith("data: {")) {
        events.add(MAPPER.readTree(line.substring("data: ".length())));
      }
    }
    return events;
  }

  /// {@return a request}
  ///
  /// @param path for example `/v1/completions`
  /// @param json the body; single quotes stand for double ones
  public HttpRequest request(String path, String json) {
    return HttpRequest.newBuilder(URI.create(url + path))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')))
        .build();
  }

  /// {@return what carries requests}
  public HttpClient http() {
    return http;
  }

  private HttpResponse<String> send(HttpRequest request) {
    try {
      return http.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError("no answer", failure);
    }
  }

  private static Reply reply(HttpResponse<String> response) {
    return new Reply(response.statusCode(), MAPPER.readTree(response.body()));
  }

  @Override
  public void close() {
    http.close();
  }
}
