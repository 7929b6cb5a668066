package dev.tern.server;

/// How a model is served: immutable, with a default for everything.
///
/// @param host the address to listen at
/// @param port from 1 to 65535, or 0 for any that is free
/// @param maxBodyBytes the most bytes of a request's body
/// @param maxJsonDepth the most objects and arrays inside each other in a body
public record ServerOptions(String host, int port, int maxBodyBytes, int maxJsonDepth) {
  private static final ServerOptions DEFAULTS = new ServerOptions("127.0.0.1", 8080, 16 << 20, 64);

  /// {@return the defaults: port 8080 of this machine alone}
  public static ServerOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with another address}
  ///
  /// @param value a name or number of this machine
  public ServerOptions withHost(String value) {
    return new ServerOptions(value, port, maxBodyBytes, maxJsonDepth);
  }

  /// {@return these options with another port}
  ///
  /// @param value from 1 to 65535, or 0 for any that is free
  public ServerOptions withPort(int value) {
    return new ServerOptions(host, value, maxBodyBytes, maxJsonDepth);
  }
}
