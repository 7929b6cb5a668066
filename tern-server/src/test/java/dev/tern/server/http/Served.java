package dev.tern.server.http;

import dev.tern.server.api.Call;
import dev.tern.server.api.CallReport;
import dev.tern.server.api.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.JsonNodeFactory;

/// A server of endpoints that tests give it, without a model.
final class Served implements AutoCloseable {
  private static final Asset ASSET = new Asset("/asset.js", "text/javascript", new byte[] {'1'});

  private final HttpServer.Readiness readiness = new HttpServer.Readiness();
  private final HttpServer server;
  private final LinkedBlockingQueue<CallReport> reports = new LinkedBlockingQueue<>();

  private Served(HttpOptions options, List<Route> routes) throws IOException {
    server =
        HttpServer.start(
            options.withPort(0), routes, List.of(ASSET), List.of(reports::add), readiness);
  }

  static Served with(HttpOptions options, Route... more) throws IOException {
    List<Route> routes = new ArrayList<>(List.of(more));
    routes.add(new Route(Route.Verb.GET, "/ok", Served::ok));
    routes.add(new Route(Route.Verb.POST, "/echo", call -> call.reply(call.body())));
    routes.add(Route.open("/open", Served::ok));
    return new Served(options, routes);
  }

  static Served with(Endpoint endpoint) throws IOException {
    return with(HttpOptions.defaults(), post(endpoint));
  }

  static Route post(Endpoint endpoint) {
    return new Route(Route.Verb.POST, "/test", endpoint);
  }

  /// {@return limits of time that a test can wait for}
  static HttpOptions.Timeouts timeouts(Duration request, Duration sending, Duration reading) {
    return new HttpOptions.Timeouts(request, sending, sending, reading, Duration.ofSeconds(20));
  }

  private static void ok(Call call) {
    call.reply(JsonNodeFactory.instance.objectNode().put("ok", true));
  }

  int port() {
    return server.port();
  }

  HttpServer server() {
    return server;
  }

  boolean isReady() {
    return readiness.isReady();
  }

  RawClient client() throws IOException {
    return new RawClient(server.port());
  }

  /// {@return what became of the next call}
  CallReport report() throws InterruptedException {
    return reports.poll(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    server.close();
  }
}
