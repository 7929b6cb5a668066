package dev.tern.hub;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;

/// Asks the hub, and follows where it leads. The token goes to the hub itself and to nobody else.
/// Safe for use by many threads.
final class HubClient implements AutoCloseable {
  private static final int MOST_REDIRECTS = 10;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);

  private final HubOptions options;
  private final HttpClient http;

  HubClient(HubOptions options) {
    this.options = options;
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            // Each part of a file on a connection of its own, instead of all on one.
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(
                CONNECT_TIMEOUT.compareTo(options.timeout()) < 0
                    ? CONNECT_TIMEOUT
                    : options.timeout())
            .proxy(options.proxies());
    if (options.proxies() instanceof EnvironmentProxies proxies) {
      proxies.authenticator().ifPresent(builder::authenticator);
    }
    this.http = builder.build();
  }

  /// {@return whether a host is the hub itself, which may see the token}
  boolean isHub(URI uri) {
    URI hub = options.endpoint();
    return hub.getScheme().equalsIgnoreCase(uri.getScheme())
        && hub.getHost().equalsIgnoreCase(uri.getHost())
        && port(hub) == port(uri);
  }

  private static int port(URI uri) {
    int standard = "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    return uri.getPort() < 0 ? standard : uri.getPort();
  }

  /// {@return the answer to one request, whatever its status, after redirects}
  ///
  /// @param method `GET` or `HEAD`
  /// @throws TransientFailure if there is no answer now, but there might be later
  /// @throws HubException if a redirect must not be followed
  HubResponse send(String method, URI start, Map<String, String> headers) throws IOException {
    Set<URI> seen = new HashSet<>();
    URI uri = start;
    Optional<String> linkedTag = Optional.empty();
    while (true) {
      HttpResponse<ResponseBody> answer = exchange(method, uri, headers);
      if (isHub(uri)) {
        Optional<String> tag = answer.headers().firstValue("X-Linked-Etag");
        linkedTag = tag.isPresent() ? tag.map(HubResponse::bareTag) : linkedTag;
      }
      Optional<String> location = answer.headers().firstValue("Location");
      if (!REDIRECTS.contains(answer.statusCode()) || location.isEmpty()) {
        return new HubResponse(
            uri, answer.statusCode(), answer.headers(), linkedTag, answer.body());
      }
      answer.body().close();
      seen.add(uri);
      URI next = redirect(uri, location.get());
      if (seen.size() > MOST_REDIRECTS || seen.contains(next)) {
        throw new HubException(
            HubException.Reason.PROTOCOL,
            "%s leads in circles: %s".formatted(options.endpoint(), start.getPath()));
      }
      uri = next;
    }
  }

  /// {@return where a redirect leads, if it may be followed}
  URI redirect(URI from, String location) throws HubException {
    URI target;
    try {
      target = from.resolve(location);
    } catch (IllegalArgumentException noAddress) {
      throw new HubException(
          HubException.Reason.PROTOCOL,
          "%s leads to an address that is none".formatted(from.getHost()),
          noAddress);
    }
    String scheme = String.valueOf(target.getScheme()).toLowerCase(Locale.ROOT);
    boolean encrypted = options.endpoint().getScheme().equals("https");
    if ((!scheme.equals("https") && (encrypted || !scheme.equals("http")))
        || target.getHost() == null
        || target.getRawUserInfo() != null) {
      throw new HubException(
          HubException.Reason.PROTOCOL,
          "%s leads to %s://%s, which is not followed: %s"
              .formatted(
                  from.getHost(),
                  scheme,
                  target.getHost(),
                  scheme.equals("http") ? "it is not encrypted" : "it is no address of the web"));
    }
    return target;
  }

  private HttpResponse<ResponseBody> exchange(String method, URI uri, Map<String, String> headers)
      throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("User-Agent", "tern; java/" + Runtime.version().feature())
            .header("Accept-Encoding", "identity");
    headers.forEach(request::header);
    if (isHub(uri)) {
      options.token().ifPresent(token -> request.header("Authorization", "Bearer " + token));
    }
    CompletableFuture<HttpResponse<ResponseBody>> answer =
        http.sendAsync(request.build(), _ -> new ResponseBody());
    try {
      return answer.get(options.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException silent) {
      answer.cancel(true);
      throw new TransientFailure(
          "%s did not answer for %d ms".formatted(uri.getHost(), options.timeout().toMillis()),
          Duration.ZERO,
          silent);
    } catch (InterruptedException interrupted) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for an answer");
    } catch (ExecutionException failed) {
      throw failure(uri, failed.getCause() == null ? failed : failed.getCause());
    }
  }

  private static IOException failure(URI uri, Throwable why) {
    String host = uri.getHost();
    return switch (why) {
      case SSLException untrusted ->
          new HubException(
              HubException.Reason.NETWORK,
              "no trusted connection to %s (%s): if a company's proxy stands between, give Java its certificate with TERN_JAVA_OPTS=-Djavax.net.ssl.trustStore=FILE"
                  .formatted(host, untrusted.getMessage()),
              untrusted);
      case ConnectException refused ->
          new TransientFailure("%s cannot be reached".formatted(host), Duration.ZERO, refused);
      case IOException broken ->
          new TransientFailure(
              "the connection to %s broke (%s)".formatted(host, broken.getMessage()),
              Duration.ZERO,
              broken);
      default ->
          new HubException(
              HubException.Reason.NETWORK, "%s cannot be asked: %s".formatted(host, why), why);
    };
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
