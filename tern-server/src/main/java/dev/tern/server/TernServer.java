package dev.tern.server;

import static dev.tern.server.http.Route.Verb.GET;
import static dev.tern.server.http.Route.Verb.POST;

import dev.tern.server.engine.ServedModel;
import dev.tern.server.http.HttpOptions;
import dev.tern.server.http.HttpServer;
import dev.tern.server.http.Route;
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
import java.util.List;

/// Serves a model over the OpenAI protocol until it is closed. Safe for use by many threads.
public final class TernServer implements AutoCloseable {
  /// How long nothing may be sent in a stream before a comment shows that the server is alive.
  private static final Duration QUIET = Duration.ofSeconds(10);

  private final HttpServer http;
  private final ServerOptions options;

  private TernServer(HttpServer http, ServerOptions options) {
    this.http = http;
    this.options = options;
  }

  /// {@return a server that takes requests}
  ///
  /// @param served the model; it stays open when the server is closed
  /// @param options how to serve it
  /// @throws IOException if it cannot listen at the address; `BindException` if that is taken
  public static TernServer start(ServedModel served, ServerOptions options) throws IOException {
    return new TernServer(
        HttpServer.start(
            new HttpOptions(
                options.host(), options.port(), options.maxBodyBytes(), options.maxJsonDepth()),
            routes(served),
            ChatPage.assets()),
        options);
  }

  /// {@return what is answered by whom}
  ///
  /// @param served the model
  static List<Route> routes(ServedModel served) {
    Generations generations = new Generations(served, QUIET);
    return List.of(
        new Route(GET, "/v1/models", new ModelsEndpoint(served)),
        new Route(GET, "/v1/models/{+id}", new ModelEndpoint(served)),
        new Route(POST, "/v1/chat/completions", new ChatCompletionsEndpoint(generations)),
        new Route(POST, "/v1/completions", new CompletionsEndpoint(generations)),
        new Route(POST, "/v1/responses", new ResponsesEndpoint(generations)),
        new Route(POST, "/v1/embeddings", new EmbeddingsEndpoint(served)),
        new Route(POST, "/tokenize", new TokenizeEndpoint(served)),
        new Route(POST, "/detokenize", new DetokenizeEndpoint(served)));
  }

  /// {@return the port that it listens at}
  public int port() {
    return http.port();
  }

  /// {@return where it is found, without a slash at the end, for example `http://127.0.0.1:8080`}
  public String url() {
    String host = options.host().indexOf(':') < 0 ? options.host() : "[" + options.host() + "]";
    return "http://%s:%d".formatted(host, http.port());
  }

  /// Takes no more requests, and ends those that there are.
  @Override
  public void close() {
    http.close();
  }
}
