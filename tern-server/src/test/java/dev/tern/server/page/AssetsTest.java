package dev.tern.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.http.Asset;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AssetsTest {
  private final ScriptedServer server = new ScriptedServer();
  private final HttpClient client = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    client.close();
    server.close();
  }

  @Test
  void servesEachFileWithItsTypeAndWhatThePageMayDo() throws IOException, InterruptedException {
    for (Asset asset : ChatPage.assets()) {
      HttpResponse<byte[]> answer = get(asset.path().substring(1));
      assertEquals(200, answer.statusCode(), asset.path());
      assertEquals(asset.contentType(), header(answer, "Content-Type"));
      assertEquals(asset.content().length, answer.body().length);
      assertEquals("nosniff", header(answer, "X-Content-Type-Options"));
      assertEquals("no-cache", header(answer, "Cache-Control"));
      String policy = header(answer, "Content-Security-Policy");
      assertTrue(policy.startsWith("default-src 'none';"), policy);
      assertTrue(!policy.contains("unsafe"), policy);
    }
  }

  @Test
  void sendsNothingThatTheBrowserHas() throws IOException, InterruptedException {
    String tag = header(get("page/app.css"), "ETag");
    for (String known : List.of(tag, "W/" + tag, "\"other\", " + tag, "*")) {
      HttpResponse<byte[]> answer = get("page/app.css", "If-None-Match", known);
      assertEquals(304, answer.statusCode(), known);
      assertEquals(0, answer.body().length);
    }
    assertEquals(200, get("page/app.css", "If-None-Match", "\"other\"").statusCode());
  }

  @Test
  void servesNothingElse() throws IOException, InterruptedException {
    for (String path :
        List.of(
            "page/",
            "page/js/",
            "page/../page/ChatPage.class",
            "page/%2e%2e/ChatPage.class",
            "page/js/..%2fapp.css",
            "index.html",
            "page/index.html")) {
      int status = get(path).statusCode();
      assertTrue(status == 404 || status == 400, path + " is answered with " + status);
    }
  }

  @Test
  void listsEveryFileThatThereIs() throws IOException, URISyntaxException {
    Path folder = Path.of(ChatPage.class.getResource("index.html").toURI()).getParent();
    try (Stream<Path> files = Files.walk(folder)) {
      Set<String> there =
          files
              .filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".class"))
              .map(file -> "/page/" + folder.relativize(file).toString().replace('\\', '/'))
              .map(path -> path.equals("/page/index.html") ? "/" : path)
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(
          there,
          ChatPage.assets().stream()
              .map(Asset::path)
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }

  private HttpResponse<byte[]> get(String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElseThrow();
  }
}
