package dev.tern.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `tern serve`, as a process of its own where it serves.
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServeCommandTest {
  private static final Pattern READY =
      Pattern.compile(
          "serving tiny \\(I2_S\\) at (http://127\\.0\\.0\\.1:[0-9]+), API at \\1/v1 \\| scalar"
              + " \\| 1 thread \\| 3 places of 512 tokens \\| KV memory up to [0-9.]+ [kMG]B");
  private static final int TOKENS = 100;

  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  @Test
  void servesUntilItIsAskedToEnd() throws Exception {
    Path err = folder.resolve("err.txt");
    Process process = serve(err);
    try (BufferedReader out = process.inputReader(UTF_8);
        HttpClient client = HttpClient.newHttpClient()) {
      Assumptions.assumeTrue(process.supportsNormalTermination(), "skipped: there is no SIGTERM");
      String line = String.valueOf(out.readLine());
      Matcher ready = READY.matcher(line);
      assertTrue(ready.matches(), line + Files.readString(err));
      String url = ready.group(1);
      assertEquals("200 {\"status\":\"ok\"}", get(client, url + "/health/live"));
      assertEquals("200 {\"status\":\"ok\"}", get(client, url + "/health/ready"));
      String models = get(client, url + "/v1/models");
      assertTrue(models.startsWith("200 {\"object\":\"list\",\"data\":[{\"id\":\"tiny\""), models);
      assertEquals(401, send(client, HttpRequest.newBuilder(URI.create(url + "/metrics"))));

      try (InputStream stream = beginStream(client, url)) {
        int first = stream.read();
        process.toHandle().destroy();
        String rest = (char) first + new String(stream.readAllBytes(), UTF_8);
        assertTrue(rest.contains("\"completion_tokens\":" + TOKENS), "what has begun is ended");
        assertTrue(rest.endsWith("data: [DONE]\n\n"), rest);
      }
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it ends");
      assertEquals(ExitCode.OK, process.exitValue());
      assertNull(out.readLine());
      assertEquals(
          List.of("stopping; what has begun may take 30 s to end"), Files.readAllLines(err));
    } finally {
      process.destroyForcibly();
    }
  }

  /// Starts a server that wants a key, at any port.
  private static Process serve(Path err) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "serve",
            model.toString(),
            "--port",
            "0",
            "-np",
            "3",
            "-t",
            "1",
            "--kernels",
            "scalar");
    builder.environment().put("TERN_API_KEY", "secret");
    return builder.redirectError(err.toFile()).start();
  }

  private static HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer secret");
  }

  private static String get(HttpClient client, String url)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(request(url).build(), HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  private static int send(HttpClient client, HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static InputStream beginStream(HttpClient client, String url)
      throws IOException, InterruptedException {
    String json =
        """
        {"prompt": "Once", "max_tokens": %d, "ignore_eos": true, "seed": 1, "stream": true, "stream_options": {"include_usage": true}}
        """
            .formatted(TOKENS);
    HttpResponse<InputStream> answer =
        client.send(
            request(url + "/v1/completions")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build(),
            HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, answer.statusCode());
    return answer.body();
  }

  @Test
  void refusesAPortThatIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Run run =
          Run.of("serve", model, "-t", 1, "--kernels", "scalar", "--port", taken.getLocalPort());
      assertEquals(ExitCode.USAGE, run.exitCode(), run.err());
      assertEquals("", run.out());
      assertEquals(1, run.errLines().size(), run.err());
      assertTrue(
          run.err()
              .startsWith(
                  "tern: port %d of 127.0.0.1 cannot be listened at"
                      .formatted(taken.getLocalPort())),
          run.err());
      assertTrue(run.err().contains("choose another"), run.err());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --host 0.0.0.0 | 2 | other machines could ask at 0.0.0.0 without a key: give one with --api-key or --api-key-file, or allow it with --insecure
          --host :: | 2 | other machines could ask at :: without a key
          --port 65536 | 2 | --port: 65536 is not from 0 to 65535
          --drain-timeout -1 | 2 | --drain-timeout: -1 is too small; at least 0
          --ssl-key-file key.pem | 2 | --ssl-key-file and --ssl-cert-file belong together: give both
          --api-key-file absent.txt | 3 | there is no file absent.txt
          """)
  void refusesWhatCannotBe(String options, int exitCode, String message) {
    Run run = Run.of(Run.concat(new Object[] {"serve", model}, (Object[]) options.split(" ", -1)));
    assertEquals(exitCode, run.exitCode(), run.err());
    assertTrue(run.err().contains(message), run.err());
    assertFalse(run.err().contains("\tat "), run.err());
    assertEquals("", run.out());
  }
}
