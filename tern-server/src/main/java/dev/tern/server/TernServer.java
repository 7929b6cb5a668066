package dev.tern.server;

import static dev.tern.server.http.Route.Verb.GET;
import static dev.tern.server.http.Route.Verb.POST;

import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import dev.tern.server.http.HttpOptions;
import dev.tern.server.http.HttpServer;
import dev.tern.server.http.Route;
import dev.tern.server.metrics.ServerMetrics;
import dev.tern.server.openai.ChatCompletionsEndpoint;
import dev.tern.server.openai.CompletionsEndpoint;
import dev.tern.server.openai.DetokenizeEndpoint;
import dev.tern.server.openai.EmbeddingsEndpoint;
import dev.tern.server.openai.Generations;
import dev.tern.server.openai.ModelEndpoint;
import dev.tern.server.openai.ModelsEndpoint;
import dev.tern.server.openai.ResponsesEndpoint;
import dev.tern.server.openai.TokenizeEndpoint;
import dev.tern.server.page.ChatPage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Serves a model over the OpenAI protocol until it is closed. Safe for use by many threads.
public final class TernServer implements AutoCloseable {
  private final HttpServer http;
  private final ServerMetrics metrics;
  private final HttpOptions options;

  private TernServer(HttpServer http, ServerMetrics metrics, HttpOptions options) {
    this.http = http;
    this.metrics = metrics;
    this.options = options;
  }

  /// {@return a server that takes requests}
  ///
  /// @param served the model; it stays open when the server is closed
  /// @param options how to serve it
  /// @throws IllegalArgumentException if other machines could ask without a key, and that was not
  ///   wished
  /// @throws IOException if it cannot listen at the address, `BindException` if that is taken; or
  ///   if the key or certificate cannot be used
  public static TernServer start(ServedModel served, ServerOptions options) throws IOException {
    ServerMetrics metrics = new ServerMetrics(served.id(), served.engine());
    ServedModel measured =
        new ServedModel(
            served.id(),
            served.created(),
            served.model(),
            served.engine(),
            (result, timings) -> {
              metrics.ended(result, timings);
              served.observer().ended(result, timings);
            });
    HttpServer.Readiness readiness = new HttpServer.Readiness();
    List<Route> routes = new ArrayList<>(routes(measured, options));
    routes.addAll(operations(metrics, readiness));
    try {
      HttpServer http =
          HttpServer.start(options.http(), routes, ChatPage.assets(), List.of(metrics), readiness);
      return new TernServer(http, metrics, options.http());
    } catch (IOException | RuntimeException failure) {
      metrics.close();
      throw failure;
    }
  }

  /// {@return what is answered by whom}
  ///
  /// @param served the model
  /// @param options how to serve it
  static List<Route> routes(ServedModel served, ServerOptions options) {
    Generations generations = new Generations(served, options.ping());
    return List.of(
        new Route(GET, "/v1/models", new ModelsEndpoint(served)),
        new Route(GET, "/v1/models/{+id}", new ModelEndpoint(served)),
        new Route(
            POST,
            "/v1/chat/completions",
            new ChatCompletionsEndpoint(generations, options.maxMessages())),
        new Route(POST, "/v1/completions", new CompletionsEndpoint(generations)),
        new Route(POST, "/v1/responses", new ResponsesEndpoint(generations, options.maxMessages())),
        new Route(POST, "/v1/embeddings", new EmbeddingsEndpoint(served)),
        new Route(POST, "/tokenize", new TokenizeEndpoint(served)),
        new Route(POST, "/detokenize", new DetokenizeEndpoint(served)));
  }

  /// What those ask who keep a server running.
  private static List<Route> operations(ServerMetrics metrics, HttpServer.Readiness readiness) {
    Endpoint live = new HealthEndpoint(() -> true);
    Endpoint ready = new HealthEndpoint(readiness::isReady);
    return List.of(
        Route.open("/health", ready),
        Route.open("/health/live", live),
        Route.open("/health/ready", ready),
        Route.page("/metrics", metrics::read));
  }

  /// {@return the port that it listens at}
  public int port() {
    return http.port();
  }

  /// {@return where it is found, without a slash at the end, for example `http://127.0.0.1:8080`}
  public String url() {
    String host = options.host().indexOf(':') < 0 ? options.host() : "[" + options.host() + "]";
    return "%s://%s:%d".formatted(options.tls().isPresent() ? "https" : "http", host, port());
  }

  /// Takes no more requests, which `/health/ready` says too, and waits for those that there are.
  /// Those that take too long are told that the server is stopping.
  ///
  /// @param most how long to wait
  /// @return whether all have ended by themselves
  /// @throws InterruptedException if this thread is interrupted meanwhile
  public boolean drain(Duration most) throws InterruptedException {
    return http.drain(most);
  }

  /// Takes no more requests, and ends those that there are.
  @Override
  public void close() {
    http.close();
    metrics.close();
  }
}
