package dev.tern.server.page;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.api.EventStream;
import dev.tern.server.http.HttpOptions;
import dev.tern.server.http.HttpServer;
import dev.tern.server.http.Route;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Tern's HTTP server with the page, and answers that a test writes in the place of a model's.
final class ScriptedServer implements AutoCloseable {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final HttpServer http;
  private final List<ObjectNode> bodies = new CopyOnWriteArrayList<>();
  private final String url;
  private volatile Endpoint answer = call -> says(call, "Hello.");
  private volatile Endpoint models = this::models;
  private volatile boolean chat = true;
  private volatile String model = "scripted";

  ScriptedServer() {
    http = start();
    url = "http://127.0.0.1:" + http.port() + "/";
  }

  private HttpServer start() {
    try {
      return HttpServer.start(
          HttpOptions.defaults().withPort(0),
          List.of(
              new Route(Route.Verb.GET, "/v1/models", call -> models.answer(call)),
              new Route(Route.Verb.POST, "/v1/chat/completions", this::answer),
              new Route(Route.Verb.POST, "/v1/completions", this::answer)),
          ChatPage.assets(),
          List.of(),
          new HttpServer.Readiness());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  String url() {
    return url;
  }

  /// Says how all calls from now on are answered.
  void script(Endpoint script) {
    answer = script;
  }

  /// Says which models there are as soon as `told` is down.
  void models(CountDownLatch told) {
    models =
        call -> {
          told.await();
          models(call);
        };
  }

  void withoutChatTemplate() {
    chat = false;
  }

  /// Has this model in the place of the one before.
  void serve(String id) {
    model = id;
  }

  /// {@return what was asked so far}
  List<ObjectNode> bodies() {
    return bodies;
  }

  ObjectNode lastBody() {
    return bodies.getLast();
  }

  private void models(Call call) {
    ObjectNode list = JSON.objectNode();
    ObjectNode listed = list.putArray("data").addObject().put("id", model);
    listed.putObject("tern").put("chat", chat).put("context_length", 100);
    call.reply(list);
  }

  private void answer(Call call) throws InterruptedException {
    bodies.add(call.body());
    answer.answer(call);
  }

  /// Answers with pieces of text, and with a usage of 10 tokens and one for each piece.
  static void says(Call call, String... pieces) {
    EventStream stream = call.stream();
    stream.comment("begun");
    for (String piece : pieces) {
      stream.data(piece(piece));
    }
    finishes(stream, "stop", 10, pieces.length);
  }

  /// Ends an answer.
  static void finishes(EventStream stream, String reason, int prompt, int completion) {
    ObjectNode last = piece("");
    ((ObjectNode) last.get("choices").get(0)).put("finish_reason", reason);
    stream.data(last);
    ObjectNode usage = JSON.objectNode();
    usage.putArray("choices");
    usage
        .putObject("usage")
        .put("prompt_tokens", prompt)
        .put("completion_tokens", completion)
        .put("total_tokens", prompt + completion);
    stream.data(usage);
    stream.done();
  }

  /// {@return a piece of an answer, as both kinds of completions carry it}
  static ObjectNode piece(String text) {
    ObjectNode chunk = JSON.objectNode();
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0).put("text", text);
    choice.putObject("delta").put("content", text);
    choice.putNull("finish_reason");
    return chunk;
  }

  @Override
  public void close() {
    http.close();
  }
}
