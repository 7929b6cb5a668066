package dev.tern.train.engine;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A Maven repository with one archive of libraries, small and nothing that could be loaded.
final class EngineServer implements AutoCloseable {
  static final byte[] LIBRARY = new byte[2_500_000];

  private final HttpServer server;
  final byte[] archive = archive();
  final List<String> requests = new CopyOnWriteArrayList<>();
  volatile Answer answer = this::sendRange;

  /// How the server answers.
  interface Answer {
    void to(HttpExchange exchange) throws IOException;
  }

  static {
    new Random(7).nextBytes(LIBRARY);
  }

  EngineServer() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException noPort) {
      throw new UncheckedIOException(noPort);
    }
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            requests.add(exchange.getRequestURI().getPath());
            answer.to(exchange);
          }
        });
    server.start();
  }

  private static byte[] archive() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("native/lib/pytorch.properties"));
      zip.write("version=2.7.1".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      zip.putNextEntry(new ZipEntry("pytorch/cpu/linux-x86_64/"));
      zip.putNextEntry(new ZipEntry("pytorch/cpu/linux-x86_64/libtorch.so"));
      zip.write(LIBRARY, 0, 1000);
      zip.putNextEntry(new ZipEntry("pytorch/cpu/linux-x86_64/libtorch_cpu.so"));
      zip.write(LIBRARY);
      zip.putNextEntry(new ZipEntry("pytorch/cpu/linux-x86_64/../../escaped.so"));
      zip.write(LIBRARY, 0, 10);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/maven2";
  }

  /// {@return what is known of the archive beforehand}
  EnginePackage content() {
    return new EnginePackage(
        "linux-x86_64", archive.length, sha256(archive), LIBRARY.length + 1000L);
  }

  void sendRange(HttpExchange exchange) throws IOException {
    int[] range = announce(exchange);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(archive, range[0], range[1] - range[0]);
    }
  }

  /// Promises a part and hangs up in the middle.
  void sendHalf(HttpExchange exchange) throws IOException {
    int[] range = announce(exchange);
    OutputStream out = exchange.getResponseBody();
    out.write(archive, range[0], (range[1] - range[0]) / 2);
    out.flush();
  }

  private int[] announce(HttpExchange exchange) throws IOException {
    String[] ends =
        exchange.getRequestHeaders().getFirst("Range").substring("bytes=".length()).split("-", -1);
    int from = Integer.parseInt(ends[0]);
    int to = Math.min(archive.length, Integer.parseInt(ends[1]) + 1);
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes %d-%d/%d".formatted(from, to - 1, archive.length));
    exchange.sendResponseHeaders(206, to - from);
    return new int[] {from, to};
  }

  static void redirect(HttpExchange exchange, String target) throws IOException {
    exchange.getResponseHeaders().set("Location", target);
    exchange.sendResponseHeaders(302, -1);
  }

  static void refuse(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
