package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Pulls from a hub that behaves.
class PullTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(300_000);

  @Test
  void fetchesAFileThroughARedirectIntoHuggingFacesLayout() throws IOException {
    server.withLarge(GGUF, CONTENT).withSmall("README.md", "# Some model");
    Path model = pull();
    assertArrayEquals(CONTENT, Files.readAllBytes(model));
    Path repository = cacheFolder().resolve("models--owner--some-model");
    assertEquals(repository.resolve("snapshots").resolve(HubServer.COMMIT).resolve(GGUF), model);
    assertEquals(HubServer.COMMIT, Files.readString(repository.resolve("refs/main")));
    String digits = HubServer.sha256(CONTENT);
    assertEquals(Path.of("../../blobs", digits), Files.readSymbolicLink(model));
    assertEquals(List.of(digits), names(repository.resolve("blobs")));
    assertEquals(1, eventsOf(PullEvent.Finished.class).size());
  }

  private static List<String> names(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void fetchesPartsOfALargeFileAtOnce() throws IOException {
    byte[] content = randomBytes(40_000_000);
    server.withLarge(GGUF, content);
    assertArrayEquals(content, Files.readAllBytes(pull()));
    // A small first part, then three of up to 16 MiB.
    assertEquals(4, server.requestsTo("cdn").size());
    assertTrue(server.requestsTo("cdn").stream().allMatch(request -> !request.range().isEmpty()));
    // The hub is asked for the way once only.
    assertEquals(2, server.requestsTo("hub").size());
  }

  @Test
  void asksForNothingButTheListWhenAllIsThere() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Path first = pull();
    server.requests.clear();
    assertEquals(first, pull());
    assertEquals(
        List.of("/api/models/owner/some-model/revision/main?blobs=true"),
        server.requests.stream().map(HubServer.Request::path).toList());
    assertEquals(1, eventsOf(PullEvent.Present.class).size());
  }

  @Test
  void fetchesAgainWhatChangedOnTheHub() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Path first = pull();
    byte[] changed = randomBytes(200_000);
    server.withLarge(GGUF, changed);
    server.commit = "f".repeat(40);
    Path second = pull();
    assertNotEquals(first, second);
    assertArrayEquals(CONTENT, Files.readAllBytes(first));
    assertArrayEquals(changed, Files.readAllBytes(second));
    assertEquals(
        Optional.of(second),
        ModelHub.of(options()).find(ModelReference.parse(HubServer.REPOSITORY)));
  }

  @Test
  void fetchesTheFilesOfACheckpointAndNoOthers() throws IOException {
    server
        .withSmall("config.json", "{}")
        .withSmall("generation_config.json", "{\"a\": 1}")
        .withSmall("tokenizer.json", "{\"b\": 1}")
        .withSmall("tokenizer_config.json", "{\"c\": 1}")
        .withSmall("chat_template.jinja", "")
        .withSmall("model.safetensors.index.json", "{\"d\": 1}")
        .withSmall("README.md", "no")
        .withLarge("model-00001-of-00002.safetensors", CONTENT)
        .withLarge("model-00002-of-00002.safetensors", randomBytes(1000))
        .withLarge("consolidated.safetensors", randomBytes(2000))
        .withLarge("pytorch_model.bin", randomBytes(3000))
        .withLarge("onnx/model.onnx", randomBytes(4000));
    Path snapshot = pull();
    assertTrue(Files.isDirectory(snapshot));
    assertEquals(
        List.of(
            "chat_template.jinja",
            "config.json",
            "generation_config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json"),
        names(snapshot));
    assertEquals("{\"b\": 1}", Files.readString(snapshot.resolve("tokenizer.json")));
    ModelHub hub = ModelHub.of(options());
    assertEquals(Optional.of(snapshot), hub.find(ModelReference.parse(HubServer.REPOSITORY)));
    Files.delete(snapshot.resolve("model-00002-of-00002.safetensors"));
    assertEquals(Optional.empty(), hub.find(ModelReference.parse(HubServer.REPOSITORY)));
  }

  @Test
  void takesFilesInFoldersAndNamesThatHaveToBeEncoded() throws IOException {
    server.withLarge("a b/c#d?é%20 i2_s.gguf".replace("?", ""), CONTENT);
    Path model = pull();
    assertEquals("c#dé%20 i2_s.gguf", model.getFileName().toString());
    assertEquals(
        Path.of("../../../blobs", HubServer.sha256(CONTENT)), Files.readSymbolicLink(model));
  }

  @Test
  void fetchesAnEmptyFile() throws IOException {
    server.withLarge(GGUF, new byte[0]);
    assertEquals(0, Files.size(pull()));
  }

  @Test
  void takesARevision() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Path model = pull(HubServer.REPOSITORY + "@refs/pr/1");
    assertEquals(
        "/api/models/owner/some-model/revision/refs%2Fpr%2F1?blobs=true",
        server.requests.getFirst().path());
    assertTrue(Files.exists(cacheFolder().resolve("models--owner--some-model/refs/refs/pr/1")));
    ModelHub hub = ModelHub.of(options());
    assertEquals(Optional.empty(), hub.find(ModelReference.parse(HubServer.REPOSITORY)));
    assertEquals(
        Optional.of(model),
        hub.find(ModelReference.parse(HubServer.REPOSITORY + "@" + HubServer.COMMIT)));
  }

  @Test
  void sendsTheTokenToTheHubAndToNobodyElse() throws IOException {
    environment.put("HF_TOKEN", "hf_secret");
    server.withLarge(GGUF, CONTENT);
    pull();
    assertEquals(2, server.requestsTo("hub").size());
    for (HubServer.Request request : server.requests) {
      assertEquals(
          request.host().equals("hub") ? "Bearer hf_secret" : "",
          request.authorization(),
          request.toString());
    }
    assertFalse(options().toString().contains("hf_secret"));
  }

  @Test
  void asksForAFileByItselfWhereTheListSaysTooLittle() throws IOException {
    server.withLarge(GGUF, CONTENT);
    server.listingAnswer =
        exchange ->
            HubServer.send(
                exchange,
                200,
                "{\"sha\":\"%s\",\"siblings\":[{\"rfilename\":\"%s\"}]}"
                    .formatted(HubServer.COMMIT, GGUF)
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    assertTrue(server.requests.stream().anyMatch(request -> request.method().equals("HEAD")));
  }

  @Test
  void staysWithinTheCacheWhenOffline() throws IOException {
    server.withLarge(GGUF, CONTENT);
    environment.put("HF_HUB_OFFLINE", "1");
    assertRefused(HubException.Reason.OFFLINE, HubServer.REPOSITORY, "HF_HUB_OFFLINE");
    environment.remove("HF_HUB_OFFLINE");
    Path model = pull();
    environment.put("HF_HUB_OFFLINE", "1");
    server.requests.clear();
    assertEquals(model, pull());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void findsWhatHuggingFacesToolsHaveFetched() throws IOException {
    Path repository = cacheFolder().resolve("models--owner--some-model");
    Path snapshot =
        Files.createDirectories(repository.resolve("snapshots").resolve(HubServer.COMMIT));
    Files.createDirectories(repository.resolve("refs"));
    Files.createDirectories(repository.resolve("blobs"));
    Files.writeString(repository.resolve("refs/main"), HubServer.COMMIT);
    String digits = HubServer.sha256(CONTENT);
    Files.write(repository.resolve("blobs").resolve(digits), CONTENT);
    Files.createSymbolicLink(snapshot.resolve(GGUF), Path.of("../../blobs", digits));
    ModelHub hub = ModelHub.of(options());
    assertEquals(
        Optional.of(snapshot.resolve(GGUF)), hub.find(ModelReference.parse(HubServer.REPOSITORY)));
    server.withLarge(GGUF, CONTENT);
    pull();
    assertEquals(List.of(), server.requestsTo("cdn"));
  }

  @Test
  void goesThroughAProxyThatTheEnvironmentNames() throws IOException {
    server.withLarge(GGUF, CONTENT);
    // The hub's server stands in for a proxy: it is asked for addresses of a host there is none of.
    environment.put("HF_ENDPOINT", "http://hub.invalid");
    environment.put("HTTP_PROXY", server.endpoint());
    server.hubAnswer = exchange -> HubServer.sendRange(exchange, CONTENT);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
    environment.put("NO_PROXY", ".invalid");
    server.requests.clear();
    assertRefusedByNobody();
  }

  @Test
  void showsAProxyThePasswordOfItsAddress() throws IOException {
    server.withLarge(GGUF, CONTENT);
    environment.put("HF_ENDPOINT", "http://hub.invalid");
    environment.put("HTTP_PROXY", server.endpoint().replace("//", "//me:p%40ss@"));
    String expected =
        "Basic "
            + java.util.Base64.getEncoder()
                .encodeToString("me:p@ss".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    HubServer.Answer listing = server.listingAnswer;
    server.listingAnswer =
        exchange -> {
          if (HubServer.header(exchange, "Proxy-Authorization").equals(expected)) {
            listing.to(exchange);
          } else {
            exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"x\"");
            HubServer.send(exchange, 407, new byte[0]);
          }
        };
    server.hubAnswer = exchange -> HubServer.sendRange(exchange, CONTENT);
    assertArrayEquals(CONTENT, Files.readAllBytes(pull()));
  }

  private void assertRefusedByNobody() {
    HubException refusal =
        org.junit.jupiter.api.Assertions.assertThrows(HubException.class, this::pull);
    assertEquals(HubException.Reason.NETWORK, refusal.reason());
    assertTrue(refusal.getMessage().contains("hub.invalid cannot be reached"));
    assertTrue(server.requests.isEmpty());
  }
}
