package dev.tern.server.http;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How connections are taken: immutable, with a default for everything.
///
/// @param host the address to listen at, a name or number; one of IPv6 may stand in brackets
/// @param port from 1 to 65535, or 0 for any that is free
/// @param tls the key and certificate, to encrypt connections
/// @param access who may ask what
/// @param limits of size and number
/// @param timeouts of all that takes time
/// @param logging what is logged of each request
public record HttpOptions(
    String host,
    int port,
    Optional<TlsFiles> tls,
    Access access,
    Limits limits,
    Timeouts timeouts,
    Logging logging) {
  /// Takes the brackets off a number of IPv6.
  public HttpOptions {
    host = HostNames.bare(host);
  }

  private static final HttpOptions DEFAULTS =
      new HttpOptions(
          "127.0.0.1",
          8080,
          Optional.empty(),
          Access.defaults(),
          Limits.defaults(),
          Timeouts.defaults(),
          new Logging(false, false));

  /// Files in PEM.
  ///
  /// @param key the private key, PKCS #8
  /// @param certificate the certificate, and those it depends on
  public record TlsFiles(Path key, Path certificate) {}

  /// What is logged of each request, as a line of JSON to the logger `dev.tern.server.access`.
  ///
  /// @param requests whether anything is
  /// @param prompts whether bodies of requests are, with all that people wrote
  public record Logging(boolean requests, boolean prompts) {}

  /// Limits of size and number.
  ///
  /// @param maxBodyBytes the most bytes of a request's body
  /// @param maxHeaderBytes the most bytes of its headers
  /// @param maxRequestLineBytes the most bytes of its first line
  /// @param maxJsonDepth the most objects and arrays inside each other in a body
  /// @param maxConnections the most connections at once; more wait in the system's queue
  public record Limits(
      int maxBodyBytes,
      int maxHeaderBytes,
      int maxRequestLineBytes,
      int maxJsonDepth,
      int maxConnections) {
    /// {@return bodies of 8 MiB, 16 KiB of headers, a first line of 4 KiB, 64 levels of JSON, 1024
    /// connections}
    public static Limits defaults() {
      return new Limits(8 << 20, 16 << 10, 4 << 10, 64, 1024);
    }
  }

  /// Limits of time.
  ///
  /// @param request how long a call may take as a whole
  /// @param headers how long the head of a request may take to arrive, and a TLS handshake before
  ///   it
  /// @param body how long its body may take to arrive
  /// @param write how long a client may not read before it is taken to be gone
  /// @param idle how long a connection may be without requests
  public record Timeouts(
      Duration request, Duration headers, Duration body, Duration write, Duration idle) {
    /// {@return 10 minutes for a call, 10 seconds for a head, 60 for a body, 30 for a client that
    /// does not read, 75 without requests}
    public static Timeouts defaults() {
      return new Timeouts(
          Duration.ofMinutes(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          Duration.ofSeconds(75));
    }

    /// {@return these limits with another for a call}
    ///
    /// @param value above 0
    public Timeouts withRequest(Duration value) {
      return new Timeouts(value, headers, body, write, idle);
    }
  }

  /// {@return the defaults: port 8080 of this machine alone}
  public static HttpOptions defaults() {
    return DEFAULTS;
  }

  /// {@return these options with another address}
  ///
  /// @param value a name or number of this machine
  public HttpOptions withHost(String value) {
    return new HttpOptions(value, port, tls, access, limits, timeouts, logging);
  }

  /// {@return these options with another port}
  ///
  /// @param value from 1 to 65535, or 0 for any that is free
  public HttpOptions withPort(int value) {
    return new HttpOptions(host, value, tls, access, limits, timeouts, logging);
  }

  /// {@return these options with encrypted connections}
  ///
  /// @param value the key and certificate
  public HttpOptions withTls(TlsFiles value) {
    return new HttpOptions(host, port, Optional.of(value), access, limits, timeouts, logging);
  }

  /// {@return these options with others who may ask}
  ///
  /// @param value who may
  public HttpOptions withAccess(Access value) {
    return new HttpOptions(host, port, tls, value, limits, timeouts, logging);
  }

  /// {@return these options with other limits}
  ///
  /// @param value of size and number
  public HttpOptions withLimits(Limits value) {
    return new HttpOptions(host, port, tls, access, value, timeouts, logging);
  }

  /// {@return these options with other limits of time}
  ///
  /// @param value of all that takes time
  public HttpOptions withTimeouts(Timeouts value) {
    return new HttpOptions(host, port, tls, access, limits, value, logging);
  }

  /// {@return these options with another log}
  ///
  /// @param value what is logged of each request
  public HttpOptions withLogging(Logging value) {
    return new HttpOptions(host, port, tls, access, limits, timeouts, value);
  }
}
