package dev.tern.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Set;

/// Makes Helidon's HTTP/1.1 connections, with our own hands on what is read and written. Safe for
/// use by many threads.
final class WatchedConnections implements ServerConnectionSelector {
  private static final ScopedValue<ConnectionInput> INPUT = ScopedValue.newInstance();

  private final Http1ConnectionSelector http;
  private final HttpOptions.Timeouts timeouts;
  private final Deadlines deadlines;
  private final OpenConnections open;

  WatchedConnections(HttpOptions options, Deadlines deadlines, OpenConnections open) {
    this.timeouts = options.timeouts();
    this.deadlines = deadlines;
    this.open = open;
    this.http =
        Http1ConnectionSelector.builder()
            .config(
                Http1Config.builder()
                    .maxHeadersSize(options.limits().maxHeaderBytes())
                    .maxPrologueLength(options.limits().maxRequestLineBytes())
                    .build())
            .build();
  }

  /// {@return what the client of the request sends that this thread is answering}
  static ConnectionInput input() {
    return INPUT.get();
  }

  @Override
  public int bytesToIdentifyConnection() {
    return 0;
  }

  /// Whatever comes is answered, if only by 400.
  @Override
  public Support supports(BufferData data) {
    return Support.SUPPORTED;
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    ConnectionInput input = new ConnectionInput(context.serverSocket(), timeouts);
    input.start();
    ServerConnection connection =
        http.connection(new WatchedContext(context, input, deadlines, timeouts.write()));
    return new Watched(connection, input, open);
  }

  private record Watched(ServerConnection connection, ConnectionInput input, OpenConnections open)
      implements ServerConnection, InterruptableTask<Void> {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      open.add(input);
      try {
        ScopedValue.where(INPUT, input)
            .<Void, InterruptedException>call(() -> {
              connection.handle(limit);
              return null;
            });
      } finally {
        input.close();
        open.remove(input);
      }
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      if (interrupt) {
        connection.close(true);
      } else {
        input.endWhenIdle();
      }
    }

    /// Helidon takes a connection for idle until the first line of a request has been read.
    @Override
    public boolean canInterrupt() {
      return input.isIdle();
    }
  }
}
