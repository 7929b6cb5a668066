package dev.tern.server;

import dev.tern.server.http.HttpOptions;
import java.time.Duration;

/// How a model is served: immutable, with a default for everything.
///
/// @param http how connections are taken
/// @param maxMessages the most messages of a conversation
/// @param ping how often a stream in which nothing happens says that it is alive; zero for never
public record ServerOptions(HttpOptions http, int maxMessages, Duration ping) {
  private static final ServerOptions DEFAULTS =
      new ServerOptions(HttpOptions.defaults(), 2048, Duration.ofSeconds(30));

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of range
  public ServerOptions {
    if (maxMessages < 1) {
      throw new IllegalArgumentException(
          "the most messages must be at least 1, not " + maxMessages);
    }
    if (ping.isNegative()) {
      throw new IllegalArgumentException("the time between pings must not be negative");
    }
  }

  /// {@return the defaults: port 8080 of this machine alone}
  public static ServerOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with connections taken otherwise}
  ///
  /// @param value how
  public ServerOptions withHttp(HttpOptions value) {
    return new ServerOptions(value, maxMessages, ping);
  }

  /// {@return these options with another port}
  ///
  /// @param value from 1 to 65535, or 0 for any that is free
  public ServerOptions withPort(int value) {
    return withHttp(http.withPort(value));
  }

  /// {@return these options with another limit of messages}
  ///
  /// @param value at least 1
  public ServerOptions withMaxMessages(int value) {
    return new ServerOptions(http, value, ping);
  }

  /// {@return these options with other pings}
  ///
  /// @param value how often; zero for never
  public ServerOptions withPing(Duration value) {
    return new ServerOptions(http, maxMessages, value);
  }
}
