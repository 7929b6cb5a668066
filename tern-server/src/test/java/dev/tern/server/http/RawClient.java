package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// A client that sends any bytes.
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLISECONDS = 20_000;

  private final Socket socket;

  RawClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(PATIENCE_MILLISECONDS);
  }

  /// An answer.
  record Answer(int status, Map<String, String> headers, String body) {}

  Socket socket() {
    return socket;
  }

  RawClient send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
    socket.getOutputStream().flush();
    return this;
  }

  RawClient get(String path, String... headers) throws IOException {
    String more =
        String.join("", java.util.List.of(headers).stream().map(h -> h + "\r\n").toList());
    return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
  }

  RawClient post(String path, String body) throws IOException {
    return send(
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(path, body.getBytes(UTF_8).length, body));
  }

  /// {@return the next answer, whose length must be known}
  Answer answer() throws IOException {
    Answer head = head();
    int length = Integer.parseInt(head.headers().getOrDefault("content-length", "0"));
    byte[] body = socket.getInputStream().readNBytes(length);
    return new Answer(head.status(), head.headers(), new String(body, UTF_8));
  }

  /// {@return the next answer up to its body, which there may be none of}
  Answer head() throws IOException {
    String status = line();
    Map<String, String> headers = new LinkedHashMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Answer(Integer.parseInt(status.split(" ", -1)[1]), headers, "");
  }

  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    for (int value = in.read(); value != '\n'; value = in.read()) {
      if (value < 0) {
        throw new IOException("the server has closed the connection after: " + line);
      }
      line.write(value);
    }
    return line.toString(ISO_8859_1).stripTrailing();
  }

  /// {@return everything until the server closes the connection}
  String rest() throws IOException {
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
