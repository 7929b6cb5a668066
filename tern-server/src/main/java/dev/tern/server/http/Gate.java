package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Method;
import io.helidon.http.ServerRequestHeaders;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Decides who may ask: by the name that the server is asked by, the page that asks, the key.
/// Immutable.
final class Gate {
  private static final Set<String> OWN_NAMES = Set.of("localhost", "[0:0:0:0:0:0:0:1]");
  private static final Pattern OWN_NUMBERS = Pattern.compile("127(?:\\.\\d{1,3}){3}");
  private static final Pattern PORT = Pattern.compile(":\\d*$");
  private static final Pattern HEADER_LIST = Pattern.compile("[A-Za-z0-9_, -]{0,1000}");
  private static final HeaderName ALLOW_ORIGIN = HeaderNames.create("Access-Control-Allow-Origin");
  private static final HeaderName ALLOW_METHODS =
      HeaderNames.create("Access-Control-Allow-Methods");
  private static final HeaderName ALLOW_HEADERS =
      HeaderNames.create("Access-Control-Allow-Headers");
  private static final HeaderName EXPOSE_HEADERS =
      HeaderNames.create("Access-Control-Expose-Headers");
  private static final HeaderName MAX_AGE = HeaderNames.create("Access-Control-Max-Age");
  private static final HeaderName REQUEST_METHOD =
      HeaderNames.create("Access-Control-Request-Method");
  private static final HeaderName REQUEST_HEADERS =
      HeaderNames.create("Access-Control-Request-Headers");

  private final Access access;
  private final ApiKeys keys;
  private final boolean anyHost;
  private final Optional<String> ownName;

  /// Makes a gate.
  ///
  /// @param host the address that the server listens at
  /// @throws UnknownHostException if there is no such address
  Gate(String host, Access access) throws UnknownHostException {
    this.access = access;
    this.keys = new ApiKeys(access.apiKeys());
    this.ownName = HostNames.canonical(host);
    this.anyHost = access.allowedHosts().isEmpty() && !Access.isLoopback(host);
  }

  /// Refuses requests whose end two readers could see at different places, so that none is smuggled
  /// past a proxy.
  static void checkFraming(ServerRequestHeaders headers) {
    List<String> lengths = headers.all(HeaderNames.CONTENT_LENGTH, List::of);
    List<String> encodings = headers.all(HeaderNames.TRANSFER_ENCODING, List::of);
    boolean chunked = encodings.size() == 1 && encodings.getFirst().equalsIgnoreCase("chunked");
    if (lengths.size() > 1
        || (!encodings.isEmpty() && (!chunked || !lengths.isEmpty()))
        || lengths.stream().anyMatch(length -> !length.matches("\\d{1,18}"))) {
      throw ApiException.of(
          400,
          "invalid_request_error",
          "invalid_http",
          "the request must have one Content-Length, or Transfer-Encoding: chunked");
    }
  }

  /// Refuses requests that a page of another site may have made a browser send, by giving its own
  /// name our address.
  void checkHost(ServerRequestHeaders headers) {
    if (anyHost) {
      return;
    }
    String host = headers.first(HeaderNames.HOST).orElse("");
    if (HostNames.canonical(PORT.matcher(host).replaceFirst("")).filter(this::isOwn).isPresent()) {
      return;
    }
    throw ApiException.of(
        403,
        "permission_error",
        "host_not_allowed",
        "the server does not answer by the name in the Host header; start it with --allowed-host to let it");
  }

  private boolean isOwn(String name) {
    return OWN_NAMES.contains(name)
        || OWN_NUMBERS.matcher(name).matches()
        || ownName.filter(name::equals).isPresent()
        || access.allowedHosts().contains(name);
  }

  /// Refuses callers that show no key where one is needed.
  void checkKey(ServerRequestHeaders headers) {
    keys.check(headers.first(HeaderNames.AUTHORIZATION));
  }

  /// Tells a browser that a page may see the answer, if it may.
  ///
  /// @return whether the request only asks for that, and is answered
  boolean allowOrigin(ServerRequest request, ServerResponse response) {
    if (access.corsOrigins().isEmpty()) {
      return false;
    }
    response.header(HeaderNames.VARY, "Origin");
    Optional<String> origin =
        request.headers().first(HeaderNames.ORIGIN).filter(access.corsOrigins()::contains);
    if (origin.isEmpty()) {
      return false;
    }
    response.header(ALLOW_ORIGIN, origin.get());
    response.header(EXPOSE_HEADERS, "X-Request-Id, Retry-After");
    if (!request.prologue().method().equals(Method.OPTIONS)
        || !request.headers().contains(REQUEST_METHOD)) {
      return false;
    }
    response
        .header(ALLOW_METHODS, "GET, POST")
        .header(
            ALLOW_HEADERS,
            request
                .headers()
                .first(REQUEST_HEADERS)
                .filter(asked -> HEADER_LIST.matcher(asked).matches())
                .orElse("Authorization, Content-Type"))
        .header(MAX_AGE, "600")
        .status(204)
        .send();
    return true;
  }
}
