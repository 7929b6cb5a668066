package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.CallObserver;
import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.tls.Tls;
import io.helidon.http.Method;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Takes calls over HTTP and hands them to endpoints. Safe for use by many threads.
public final class HttpServer implements AutoCloseable {
  /// Clients that come at once wait in the system's queue instead of being turned away.
  private static final int BACKLOG = 1024;

  /// Clients that ask again and again do so in less, and learn from the answer that it is the last.
  private static final Duration BETWEEN_REQUESTS = Duration.ofSeconds(1);

  /// What is told of the end has this long to be sent.
  private static final Duration TO_BE_TOLD = Duration.ofMillis(500);

  private final WebServer server;
  private final ActiveCalls active;
  private final OpenConnections connections;
  private final Deadlines deadlines;

  private HttpServer(
      WebServer server, ActiveCalls active, OpenConnections connections, Deadlines deadlines) {
    this.server = server;
    this.active = active;
    this.connections = connections;
    this.deadlines = deadlines;
  }

  /// What a server is made of before it listens: whether it still takes calls.
  public static final class Readiness {
    private final ActiveCalls active = new ActiveCalls();

    /// Makes the readiness of a server that will be started with it.
    public Readiness() {}

    /// {@return whether calls are taken}
    public boolean isReady() {
      return active.isOpen();
    }
  }

  /// {@return a server that takes connections}
  ///
  /// @param options how
  /// @param routes what is answered by whom
  /// @param assets files that are served as they are, to everybody
  /// @param observers told of each call
  /// @param readiness tells whether the server takes calls; of this server alone
  /// @throws IllegalArgumentException if it would be open to others without a key
  /// @throws IOException if it cannot listen at the address, `BindException` if that is taken; or
  ///   if the key or certificate cannot be used
  public static HttpServer start(
      HttpOptions options,
      List<Route> routes,
      List<Asset> assets,
      List<CallObserver> observers,
      Readiness readiness)
      throws IOException {
    requireSafe(options);
    List<CallObserver> all = new ArrayList<>(observers);
    if (options.logging().requests()) {
      all.add(new AccessLog(options.logging().prompts()));
    }
    Deadlines deadlines = new Deadlines();
    OpenConnections connections = new OpenConnections();
    Dispatcher dispatcher =
        new Dispatcher(
            new Gate(options.host(), options.access()),
            new JsonBodies(options.limits().maxBodyBytes(), options.limits().maxJsonDepth()),
            options.timeouts().request(),
            deadlines,
            readiness.active,
            all);
    try {
      HttpRouting.Builder routing =
          routing(dispatcher, routes, assets).addFilter(new LastAnswers(readiness.active));
      WatchedConnections selector = new WatchedConnections(options, deadlines, connections);
      WebServer server = configure(options, selector, deadlines, routing).build();
      return new HttpServer(start(server, options), readiness.active, connections, deadlines);
    } catch (IOException | RuntimeException failure) {
      deadlines.close();
      throw failure;
    }
  }

  /// Refuses to let other machines ask without a key, unless that is wished.
  ///
  /// @param options that a server would be started with
  /// @throws IllegalArgumentException if others could ask without a key, or there is no such
  ///   address
  public static void requireSafe(HttpOptions options) {
    Access access = options.access();
    boolean loopback;
    try {
      loopback = Access.isLoopback(options.host());
    } catch (UnknownHostException unknown) {
      throw new IllegalArgumentException(
          "--host: there is no address of the name '%s'; give a name or number of this machine"
              .formatted(options.host()),
          unknown);
    }
    if (access.apiKeys().isEmpty() && !access.insecure() && !loopback) {
      throw new IllegalArgumentException(
          "other machines could ask at %s without a key: give one with --api-key or --api-key-file, or allow it with --insecure"
              .formatted(options.host()));
    }
  }

  /// Looks whether a server could be started, so that one that cannot is known before a model is
  /// loaded.
  ///
  /// @param options that it would be started with
  /// @throws IllegalArgumentException as [#requireSafe]
  /// @throws IOException if it cannot listen at the address, `BindException` if that is taken; or
  ///   if the key or certificate cannot be used
  public static void requireStartable(HttpOptions options) throws IOException {
    requireSafe(options);
    if (options.tls().isPresent()) {
      var _ = keyed(options.tls().get());
    }
    Optional<IOException> obstacle = probe(options);
    if (obstacle.isPresent()) {
      throw unavailable(options, obstacle.get().getMessage());
    }
  }

  private static HttpRouting.Builder routing(
      Dispatcher dispatcher, List<Route> routes, List<Asset> assets) {
    HttpRouting.Builder routing = HttpRouting.builder();
    Map<String, List<String>> verbs = new LinkedHashMap<>();
    for (Route route : routes) {
      List<String> allowed = verbs.computeIfAbsent(route.path(), _ -> new ArrayList<>());
      Dispatcher.Action action = action(route.answer());
      var handler =
          dispatcher.handler(
              route.path(),
              route.keyed(),
              route.endsWithServer() ? dispatcher.limited(action) : action);
      switch (route.verb()) {
        case GET -> {
          routing.get(route.path(), handler).route(Method.HEAD, route.path(), handler);
          allowed.addAll(List.of("GET", "HEAD"));
        }
        case POST -> {
          routing.post(route.path(), handler);
          allowed.add("POST");
        }
      }
    }
    for (Asset asset : assets) {
      Handler handler = new AssetHandler(asset);
      routing.get(asset.path(), handler).route(Method.HEAD, asset.path(), handler);
    }
    verbs.forEach((path, allowed) ->
        routing.any(path, dispatcher.handler(path, false, call -> call.refuseVerb(allowed))));
    routing.any(
        dispatcher.handler(
            "none",
            false,
            _ -> {
              throw ApiException.of(
                  404, "invalid_request_error", "unknown_url", "there is nothing at this address");
            }));
    return routing;
  }

  private static Dispatcher.Action action(Route.Answer answer) {
    return switch (answer) {
      case Route.Operation operation -> operation.endpoint()::answer;
      case Route.Page page -> call -> call.reply(page.endpoint().read());
    };
  }

  private static WebServerConfig.Builder configure(
      HttpOptions options,
      WatchedConnections selector,
      Deadlines deadlines,
      HttpRouting.Builder routing)
      throws IOException {
    WebServerConfig.Builder config =
        WebServer.builder()
            .host(options.host())
            .port(options.port())
            .backlog(BACKLOG)
            .maxTcpConnections(options.limits().maxConnections())
            .shutdownHook(false)
            .shutdownGracePeriod(TO_BE_TOLD)
            // Connections are read while they are written, which Helidon's byte sockets allow.
            .useNio(false)
            .connectionOptions(
                SocketOptions.builder()
                    .readTimeout(options.timeouts().headers())
                    .tcpNoDelay(true)
                    .build())
            .protocolsDiscoverServices(false)
            .addConnectionSelector(selector)
            .directHandlers(Refusals.handlers())
            .routing(routing);
    if (options.tls().isPresent()) {
      SSLContext context = keyed(options.tls().get());
      config.tls(
          Tls.builder()
              .sslContext(WatchedTls.of(context, options.timeouts().headers(), deadlines))
              .build());
    }
    return config;
  }

  private static SSLContext keyed(HttpOptions.TlsFiles files) throws IOException {
    try {
      Keys keys =
          Keys.builder()
              .pem(pem ->
                  pem.key(Resource.create(files.key()))
                      .certChain(Resource.create(files.certificate())))
              .build();
      return Tls.builder()
          .privateKey(keys.privateKey().orElseThrow())
          .privateKeyCertChain(keys.certChain())
          .build()
          .sslContext();
    } catch (RuntimeException unusable) {
      throw new IOException(
          "the key %s and the certificate %s cannot be used (%s): both must be PEM, the key PKCS #8 and not encrypted"
              .formatted(files.key(), files.certificate(), unusable.getMessage()),
          unusable);
    }
  }

  private static WebServer start(WebServer server, HttpOptions options) throws IOException {
    server.start();
    if (server.isRunning() && server.port() > 0) {
      return server;
    }
    server.stop();
    // Helidon only logs why it cannot listen, so that is tried again.
    throw unavailable(
        options, probe(options).map(Throwable::getMessage).orElse("something went wrong"));
  }

  /// {@return why nothing can listen at an address; empty if something can}
  private static Optional<IOException> probe(HttpOptions options) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(options.host(), options.port()));
      return Optional.empty();
    } catch (IOException cause) {
      return Optional.of(cause);
    }
  }

  private static BindException unavailable(HttpOptions options, @Nullable String reason) {
    return new BindException(
        "port %d of %s cannot be listened at (%s): choose another, or stop what is there"
            .formatted(options.port(), options.host(), reason));
  }

  /// {@return the port that it listens at}
  public int port() {
    return server.port();
  }

  /// Takes no more calls, and waits for those that there are. Health and documents are still
  /// answered. Calls that take too long are told that the server is stopping. From now on each
  /// answer is the last of its connection; connections that are kept get one second for a request
  /// that learns of it.
  ///
  /// @param most how long to wait
  /// @return whether all have ended by themselves
  /// @throws InterruptedException if this thread is interrupted meanwhile
  public boolean drain(Duration most) throws InterruptedException {
    return drain(most, BETWEEN_REQUESTS);
  }

  /// Drains, and lets kept connections be quiet for a while of any length.
  boolean drain(Duration most, Duration quiet) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    boolean inTime = active.drain(most);
    connections.awaitQuiet(quiet, Duration.ofNanos(end - System.nanoTime()));
    return inTime;
  }

  /// Takes no more calls and connections, and ends those that there are. Calls are told that the
  /// server is stopping, if they have not been drained.
  @Override
  public void close() {
    active.stop();
    connections.end(TO_BE_TOLD);
    server.stop();
    deadlines.close();
  }
}
