package dev.tern.hub;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/// A hub with one repository, and a second server to which it sends whoever wants a large file.
/// What either does can be replaced.
final class HubServer implements AutoCloseable {
  static final String REPOSITORY = "owner/some-model";
  static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  private final HttpServer hub = start();
  private final HttpServer cdn = start();
  private final Map<String, byte[]> large = new TreeMap<>();
  private final Map<String, byte[]> small = new TreeMap<>();
  final List<Request> requests = new CopyOnWriteArrayList<>();
  volatile String commit = COMMIT;
  volatile Answer listingAnswer = this::sendListing;
  volatile Answer hubAnswer = this::leadOn;
  volatile Answer cdnAnswer = this::sendRange;

  /// What a server was asked.
  record Request(String host, String method, String path, String range, String authorization) {}

  /// How a server answers.
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  HubServer() {
    hub.createContext("/", exchange -> answer("hub", exchange));
    cdn.createContext("/", exchange -> answer("cdn", exchange));
  }

  private static HttpServer start() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return server;
    } catch (IOException noPort) {
      throw new IllegalStateException(noPort);
    }
  }

  HubServer withLarge(String name, byte[] content) {
    large.put(name, content);
    return this;
  }

  HubServer withSmall(String name, String content) {
    small.put(name, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  String endpoint() {
    return "http://127.0.0.1:" + hub.getAddress().getPort();
  }

  String cdnAddress() {
    return "http://127.0.0.1:" + cdn.getAddress().getPort();
  }

  byte[] content(String name) {
    return Optional.ofNullable(large.get(name)).orElseGet(() -> small.get(name));
  }

  List<Request> requestsTo(String host) {
    return requests.stream().filter(request -> request.host().equals(host)).toList();
  }

  private void answer(String host, HttpExchange exchange) throws IOException {
    try {
      String path = exchange.getRequestURI().getRawPath();
      requests.add(
          new Request(
              host,
              exchange.getRequestMethod(),
              exchange.getRequestURI().toString(),
              header(exchange, "Range"),
              header(exchange, "Authorization")));
      if (host.equals("cdn")) {
        cdnAnswer.to(exchange);
      } else if (path.startsWith("/api/models/")) {
        listingAnswer.to(exchange);
      } else {
        hubAnswer.to(exchange);
      }
    } finally {
      exchange.close();
    }
  }

  static String header(HttpExchange exchange, String name) {
    return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name)).orElse("");
  }

  void sendListing(HttpExchange exchange) throws IOException {
    send(exchange, 200, listing().getBytes(StandardCharsets.UTF_8));
  }

  String listing() {
    String files =
        java.util.stream.Stream.concat(
                large.entrySet().stream()
                    .map(f ->
                        "{\"rfilename\":%s,\"size\":%d,\"blobId\":\"%s\",\"lfs\":{\"sha256\":\"%s\",\"size\":%d,\"pointerSize\":134}}"
                            .formatted(
                                quoted(f.getKey()),
                                f.getValue().length,
                                "a".repeat(40),
                                sha256(f.getValue()),
                                f.getValue().length)),
                small.entrySet().stream()
                    .map(f ->
                        "{\"rfilename\":%s,\"size\":%d,\"blobId\":\"%s\"}"
                            .formatted(
                                quoted(f.getKey()), f.getValue().length, gitSha1(f.getValue()))))
            .collect(Collectors.joining(","));
    return "{\"id\":\"%s\",\"sha\":\"%s\",\"private\":false,\"siblings\":[%s]}"
        .formatted(REPOSITORY, commit, files);
  }

  private static String quoted(String name) {
    StringBuilder text = new StringBuilder("\"");
    name.chars().forEach(letter -> text.append("\\u%04x".formatted(letter)));
    return text.append('"').toString();
  }

  /// The hub's own way: small files at once, large ones from the other server.
  void leadOn(HttpExchange exchange) throws IOException {
    String name = name(exchange);
    exchange.getResponseHeaders().set("X-Repo-Commit", commit);
    if (small.containsKey(name)) {
      exchange.getResponseHeaders().set("ETag", "\"" + gitSha1(small.get(name)) + "\"");
      sendRange(exchange, small.get(name));
    } else if (large.containsKey(name)) {
      exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256(large.get(name)) + "\"");
      exchange.getResponseHeaders().set("X-Linked-Size", "" + large.get(name).length);
      redirect(exchange, cdnAddress() + exchange.getRequestURI().getRawPath() + "?signature=1");
    } else {
      exchange.getResponseHeaders().set("X-Error-Code", "EntryNotFound");
      send(exchange, 404, new byte[0]);
    }
  }

  static void redirect(HttpExchange exchange, String target) throws IOException {
    exchange.getResponseHeaders().set("Location", target);
    exchange.sendResponseHeaders(302, -1);
  }

  String name(HttpExchange exchange) {
    String path = URI.create(exchange.getRequestURI().toString()).getPath();
    return path.substring(path.indexOf(commit) + commit.length() + 1);
  }

  void sendRange(HttpExchange exchange) throws IOException {
    sendRange(exchange, content(name(exchange)));
  }

  /// Sends what the header `Range` asks for.
  static void sendRange(HttpExchange exchange, byte[] content) throws IOException {
    int[] range = announceRange(exchange, content);
    if (exchange.getRequestMethod().equals("GET")) {
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(content, range[0], range[1] - range[0]);
      }
    }
  }

  /// Sends the headers of a part, and returns where it begins and ends.
  static int[] announceRange(HttpExchange exchange, byte[] content) throws IOException {
    int[] range = {0, content.length};
    String wanted = header(exchange, "Range");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", "" + content.length);
      exchange.sendResponseHeaders(200, -1);
    } else if (wanted.isEmpty()) {
      exchange.sendResponseHeaders(200, content.length == 0 ? -1 : content.length);
    } else {
      String[] ends = wanted.substring("bytes=".length()).split("-", -1);
      range[0] = Integer.parseInt(ends[0]);
      range[1] = Math.min(content.length, Integer.parseInt(ends[1]) + 1);
      exchange
          .getResponseHeaders()
          .set("Content-Range", "bytes %d-%d/%d".formatted(range[0], range[1] - 1, content.length));
      exchange.sendResponseHeaders(206, range[1] - range[0]);
    }
    return range;
  }

  /// Sends a part at a speed, so that there is time to disturb it.
  void sendSlowly(HttpExchange exchange, int bytesPerStep, int millisPerStep) throws IOException {
    byte[] content = content(name(exchange));
    int[] range = announceRange(exchange, content);
    try (OutputStream out = exchange.getResponseBody()) {
      for (int at = range[0]; at < range[1]; at += bytesPerStep) {
        out.write(content, at, Math.min(bytesPerStep, range[1] - at));
        out.flush();
        Thread.sleep(millisPerStep);
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /// Promises a part and hangs up in the middle.
  void sendHalf(HttpExchange exchange) throws IOException {
    byte[] content = content(name(exchange));
    int[] range = announceRange(exchange, content);
    OutputStream out = exchange.getResponseBody();
    out.write(content, range[0], (range[1] - range[0] + 1) / 2);
    out.flush();
  }

  static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  static String sha256(byte[] content) {
    return hex("SHA-256", content);
  }

  static String gitSha1(byte[] content) {
    byte[] head = ("blob " + content.length + "\0").getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + content.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(content, 0, all, head.length, content.length);
    return hex("SHA-1", all);
  }

  private static String hex(String algorithm, byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    hub.stop(0);
    cdn.stop(0);
  }
}
