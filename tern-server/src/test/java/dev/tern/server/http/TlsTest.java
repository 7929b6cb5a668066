package dev.tern.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.EventStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.StringNode;

// A client that leaves, or only waits, is the point.
@SuppressWarnings("try")
class TlsTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir private static Path folder;

  private static SSLContext trusting;
  private static HttpOptions options;

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "tern",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .start();
    assertEquals(
        "",
        new String(keytool.getInputStream().readAllBytes(), US_ASCII)
            .replaceAll("(?s)Generating.*", "")
            .strip());
    assertEquals(0, keytool.waitFor());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Path key = pem("key.pem", "PRIVATE KEY", keys.getKey("tern", PASSWORD).getEncoded());
    Path certificate = pem("cert.pem", "CERTIFICATE", keys.getCertificate("tern").getEncoded());
    options = HttpOptions.defaults().withTls(new HttpOptions.TlsFiles(key, certificate));

    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("tern", keys.getCertificate("tern"));
    TrustManagerFactory managers =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    managers.init(trusted);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, managers.getTrustManagers(), null);
  }

  private static Path pem(String name, String what, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(what, text, what));
  }

  @Test
  void encryptsConnections() throws Exception {
    try (Served served = Served.with(options);
        HttpClient client = HttpClient.newBuilder().sslContext(trusting).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("https://localhost:" + served.port() + "/echo"))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{\"a\":1}"))
              .build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertEquals("{\"a\":1}", answer.body());
    }
  }

  @Test
  void noticesClientsThatGo() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch gone = new CountDownLatch(1);
    Route waiting =
        Served.post(call -> {
          call.body();
          call.onGone(gone::countDown);
          begun.countDown();
          assertTrue(gone.await(20, TimeUnit.SECONDS));
        });
    try (Served served = Served.with(options, waiting);
        SSLSocket socket = connect(served)) {
      send(socket, "POST /test", "{}");
      assertTrue(begun.await(20, TimeUnit.SECONDS));
      socket.close();
      assertTrue(gone.await(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void clientsThatDoNotReadBlockNobodyAndAreGoneAfterAWhile() throws Exception {
    CountDownLatch gone = new CountDownLatch(1);
    CountDownLatch thrown = new CountDownLatch(1);
    Route flood =
        Served.post(call -> {
          call.body();
          call.onGone(gone::countDown);
          EventStream stream = call.stream();
          try {
            while (true) {
              stream.data(StringNode.valueOf("x".repeat(100_000)));
            }
          } catch (ClientGoneException noticed) {
            thrown.countDown();
            throw noticed;
          }
        });
    HttpOptions impatient =
        options.withTimeouts(
            Served.timeouts(
                Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofMillis(300)));
    try (Served served = Served.with(impatient, flood);
        SSLSocket lazy = connect(served);
        SSLSocket other = connect(served)) {
      send(lazy, "POST /test", "{}");
      assertEquals('H', lazy.getInputStream().read(), "the stream has begun");
      send(other, "POST /echo", "{}");
      assertEquals('H', other.getInputStream().read(), "others are answered meanwhile");
      assertTrue(thrown.await(20, TimeUnit.SECONDS), "the write fails");
      assertTrue(gone.await(20, TimeUnit.SECONDS), "the call is told");
    }
  }

  @Test
  void connectionsEndBelowTheEncryptionToo() throws IOException {
    try (Served served = Served.with(options);
        Socket below = new Socket(InetAddress.getLoopbackAddress(), served.port());
        SSLSocket socket =
            (SSLSocket)
                trusting
                    .getSocketFactory()
                    .createSocket(below, "localhost", served.port(), false)) {
      below.setSoTimeout(20_000);
      send(socket, "POST /echo", "Connection: close\r\n", "{}");
      assertTrue(new String(socket.getInputStream().readAllBytes(), US_ASCII).endsWith("{}"));
      assertEquals(-1, below.getInputStream().read());
    }
  }

  @Test
  void clientsThatSayNothingAreDisconnected() throws IOException {
    HttpOptions impatient =
        options.withTimeouts(
            Served.timeouts(
                Duration.ofSeconds(60), Duration.ofMillis(300), Duration.ofSeconds(60)));
    try (Served served = Served.with(impatient);
        RawClient silent = served.client()) {
      assertEquals("", silent.rest());
    }
  }

  private static SSLSocket connect(Served served) throws IOException {
    return (SSLSocket) trusting.getSocketFactory().createSocket("127.0.0.1", served.port());
  }

  private static void send(SSLSocket socket, String request, String body) throws IOException {
    send(socket, request, "", body);
  }

  private static void send(SSLSocket socket, String request, String headers, String body)
      throws IOException {
    socket
        .getOutputStream()
        .write(
            "%s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
                .formatted(request, body.length(), headers, body)
                .getBytes(US_ASCII));
  }

  @Test
  void saysWhatIsWrongWithFiles() throws IOException {
    Path nonsense = Files.writeString(folder.resolve("nonsense.pem"), "hello");
    HttpOptions wrong =
        HttpOptions.defaults().withTls(new HttpOptions.TlsFiles(nonsense, nonsense));
    IOException refusal = assertThrows(IOException.class, () -> Served.with(wrong));
    assertTrue(refusal.getMessage().contains("nonsense.pem"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("PEM"), refusal.getMessage());
  }
}
