package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/// A hub on this machine, an empty cache, and what tests of pulling look at.
abstract class HubTest {
  static final String GGUF = "model-i2_s.gguf";

  @TempDir Path folder;
  final HubServer server = new HubServer();
  final Map<String, String> environment = new HashMap<>();
  final List<PullEvent> events = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    server.close();
  }

  static byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  Path cacheFolder() {
    return folder.resolve("cache");
  }

  HubOptions options() {
    environment.putIfAbsent("HOME", folder.toString());
    environment.putIfAbsent("HF_ENDPOINT", server.endpoint());
    environment.putIfAbsent("HF_HUB_CACHE", cacheFolder().toString());
    return HubOptions.from(environment)
        .withPatience(Duration.ofSeconds(5), 4, Duration.ofMillis(1));
  }

  Path pull() throws IOException {
    return pull(HubServer.REPOSITORY);
  }

  Path pull(String reference) throws IOException {
    return ModelHub.of(options()).pull(ModelReference.parse(reference), events::add);
  }

  /// Expects a pull to be refused with a reason, a sentence that says certain things, and no file
  /// that could be taken for a model.
  void assertRefused(HubException.Reason reason, String... words) throws IOException {
    HubException refusal = assertThrows(HubException.class, this::pull);
    for (String word : words) {
      assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    }
    assertEquals(reason, refusal.reason(), refusal.getMessage());
    assertNothingLooksWhole();
  }

  /// Looks for files under final names in the cache.
  void assertNothingLooksWhole() throws IOException {
    List<Path> whole = wholeFiles();
    assertTrue(whole.isEmpty(), whole.toString());
  }

  List<Path> wholeFiles() throws IOException {
    if (!Files.exists(cacheFolder())) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(cacheFolder())) {
      return files
          .filter(file -> !Files.isDirectory(file))
          .filter(file -> !file.getFileName().toString().contains(".tern."))
          .toList();
    }
  }

  Path blobs() {
    return cacheFolder().resolve("models--owner--some-model").resolve("blobs");
  }

  <T extends PullEvent> List<T> eventsOf(Class<T> kind) {
    return events.stream().filter(kind::isInstance).map(kind::cast).toList();
  }
}
