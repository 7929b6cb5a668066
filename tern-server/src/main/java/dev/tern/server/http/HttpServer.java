package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.ClientGoneException;
import io.helidon.http.Method;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.BindException;
import java.util.List;
import java.util.UUID;

/// Takes calls over HTTP and hands them to endpoints.
public final class HttpServer implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.tern.server");

  /// Clients that come at once wait in the system's queue instead of being turned away.
  private static final int BACKLOG = 1024;

  private final WebServer server;

  private HttpServer(WebServer server) {
    this.server = server;
  }

  /// {@return a server that takes connections}
  ///
  /// @param options how
  /// @param routes what is answered by whom
  /// @param assets files that are served as they are
  /// @throws IOException if it cannot listen at the address; `BindException` if that is taken
  public static HttpServer start(HttpOptions options, List<Route> routes, List<Asset> assets)
      throws IOException {
    JsonBodies bodies = new JsonBodies(options.maxBodyBytes(), options.maxJsonDepth());
    HttpRouting.Builder routing = HttpRouting.builder();
    for (Route route : routes) {
      Handler handler = handler(bodies, route);
      switch (route.verb()) {
        case GET -> routing.get(route.path(), handler);
        case POST -> routing.post(route.path(), handler);
      }
    }
    for (Asset asset : assets) {
      Handler handler = new AssetHandler(asset);
      routing.get(asset.path(), handler).route(Method.HEAD, asset.path(), handler);
    }
    WebServer server =
        WebServer.builder()
            .host(options.host())
            .port(options.port())
            .backlog(BACKLOG)
            .shutdownHook(false)
            .routing(routing)
            .build();
    try {
      return new HttpServer(server.start());
    } catch (RuntimeException failure) {
      server.stop();
      throw explain(failure, options);
    }
  }

  private static IOException explain(RuntimeException failure, HttpOptions options) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        BindException taken =
            new BindException(
                "port %d of %s cannot be listened at (%s): choose another, or stop what is there"
                    .formatted(options.port(), options.host(), cause.getMessage()));
        taken.initCause(failure);
        return taken;
      }
    }
    return new IOException(
        "the server cannot listen at port %d of %s".formatted(options.port(), options.host()),
        failure);
  }

  private static Handler handler(JsonBodies bodies, Route route) {
    return (request, response) -> {
      HttpCall call = new HttpCall("req_" + UUID.randomUUID(), bodies, request, response);
      try {
        route.endpoint().answer(call);
        call.end();
      } catch (ApiException refusal) {
        call.refuse(refusal);
        call.end();
      } catch (ClientGoneException gone) {
        LOGGER.log(System.Logger.Level.DEBUG, "{0}: {1}", call.id(), gone.getMessage());
        call.leave();
      }
    };
  }

  /// {@return the port that it listens at}
  public int port() {
    return server.port();
  }

  /// Takes no more connections, and ends those that there are.
  @Override
  public void close() {
    server.stop();
  }
}
