package dev.tern.train.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.hub.HubOptions;
import dev.tern.hub.PullEvent;
import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Fetching PyTorch's libraries from a Maven repository.
@Timeout(60)
class EngineStoreTest {
  @TempDir Path home;
  private final EngineServer server = new EngineServer();
  private final List<PullEvent> events = new CopyOnWriteArrayList<>();
  private final List<Long> unpacked = new CopyOnWriteArrayList<>();

  private final EngineProgress progress =
      new EngineProgress() {
        @Override
        public void fetching(PullEvent event) {
          events.add(event);
        }

        @Override
        public void unpacking(long done, long size) {
          unpacked.add(done);
        }
      };

  @AfterEach
  void stop() {
    server.close();
  }

  private EngineStore store(String repository) {
    return new EngineStore(
        new EngineEnvironment(
            Map.of("HOME", home.toString(), EngineEnvironment.REPOSITORY, repository)),
        HubOptions.from(Map.of("HOME", home.toString()))
            .withPatience(Duration.ofSeconds(5), 3, Duration.ofMillis(1)));
  }

  private Path locate() throws IOException {
    return store(server.address()).locate(server.content(), progress);
  }

  private Path engineFolder() {
    return home.resolve(".cache").resolve("tern").resolve("engine");
  }

  private List<String> left() throws IOException {
    try (Stream<Path> files = Files.list(engineFolder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> !name.endsWith(".lock"))
          .sorted()
          .toList();
    }
  }

  private TrainingEngineException refused(Reason reason, String... words) throws IOException {
    TrainingEngineException refusal = assertThrows(TrainingEngineException.class, this::locate);
    for (String word : words) {
      assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    }
    assertEquals(reason, refusal.reason(), refusal.getMessage());
    assertFalse(Files.exists(engineFolder().resolve(server.content().folder())));
    return refusal;
  }

  private void assertWhole(Path folder) throws IOException {
    assertArrayEquals(EngineServer.LIBRARY, Files.readAllBytes(folder.resolve("libtorch_cpu.so")));
    assertEquals(List.of("pytorch-2.7.1-cpu-linux-x86_64"), left());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void fetchesUnpacksAndKeepsNothingElse() throws IOException {
    Path folder = locate();
    assertEquals(engineFolder().resolve("pytorch-2.7.1-cpu-linux-x86_64"), folder);
    assertWhole(folder);
    assertEquals(server.content().unpackedBytes(), unpacked.getLast());
    assertTrue(events.stream().anyMatch(PullEvent.Finished.class::isInstance));
    assertEquals(
        "/maven2/ai/djl/pytorch/pytorch-native-cpu/2.7.1/pytorch-native-cpu-2.7.1-linux-x86_64.jar",
        server.requests.getFirst());
  }

  @Test
  void asksNobodyTheSecondTime() throws IOException {
    locate();
    server.requests.clear();
    server.close();
    locate();
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void fetchesAnewWhatIsNoLongerWhole() throws IOException {
    Files.delete(locate().resolve("libtorch_cpu.so"));
    assertWhole(locate());
  }

  @Test
  void goesOnWhereAnEarlierProcessWasCut() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    server.answer =
        exchange -> {
          if (asked.getAndIncrement() == 0) {
            server.sendHalf(exchange);
          } else {
            EngineServer.refuse(exchange, 503);
          }
        };
    refused(Reason.FETCH, "503", "what has arrived is kept");
    server.answer = server::sendRange;
    events.clear();
    assertWhole(locate());
    PullEvent.Started again =
        events.stream()
            .filter(PullEvent.Started.class::isInstance)
            .map(PullEvent.Started.class::cast)
            .findFirst()
            .orElseThrow();
    assertEquals(1 << 19, again.present());
  }

  @Test
  void followsRedirects() throws IOException {
    server.answer =
        exchange -> {
          if (exchange.getRequestURI().getPath().startsWith("/mirror")) {
            server.sendRange(exchange);
          } else {
            EngineServer.redirect(exchange, "/mirror" + exchange.getRequestURI().getPath());
          }
        };
    assertWhole(locate());
  }

  @Test
  void throwsAwayWhatHasAWrongChecksum() throws IOException {
    server.archive[server.archive.length / 2] ^= 1;
    EnginePackage right = new EngineServer().content();
    TrainingEngineException refusal =
        assertThrows(
            TrainingEngineException.class, () -> store(server.address()).locate(right, progress));
    assertEquals(Reason.FETCH, refusal.reason());
    assertTrue(refusal.getMessage().contains("wrong checksum"), refusal.getMessage());
    assertEquals(List.of("pytorch-native-cpu-2.7.1-linux-x86_64.jar.tern.lock"), locks());
    assertEquals(List.of(), left());
  }

  private List<String> locks() throws IOException {
    try (Stream<Path> files = Files.list(engineFolder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".tern.lock"))
          .toList();
    }
  }

  @Test
  void saysWhatToDoWithoutANetwork() throws IOException {
    server.close();
    refused(
        Reason.FETCH,
        "127.0.0.1 cannot be reached",
        "fetched once",
        "by hand",
        engineFolder().toString(),
        "PYTORCH_LIBRARY_PATH");
  }

  @Test
  void saysWhatToDoWhereTheRepositoryLacksIt() throws IOException {
    server.answer = exchange -> EngineServer.refuse(exchange, 404);
    refused(Reason.FETCH, "status 404", "TERN_MAVEN_REPOSITORY");
  }

  @Test
  void usesAnArchiveThatWasPutThereByHand() throws IOException {
    Files.createDirectories(engineFolder());
    Files.write(engineFolder().resolve(server.content().archive()), server.archive);
    assertWhole(locate());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void fetchesOnceWhenTwoWantIt() throws Exception {
    Callable<Path> one = this::locate;
    try (var executor = Executors.newFixedThreadPool(2)) {
      for (Future<Path> result : executor.invokeAll(List.of(one, one))) {
        assertWhole(result.get());
      }
    }
    assertEquals(1, events.stream().filter(PullEvent.Finished.class::isInstance).count());
  }

  @Test
  void needsAFolderThatCanBeWritten() throws IOException {
    Files.writeString(home.resolve(".cache"), "a file");
    TrainingEngineException refusal = assertThrows(TrainingEngineException.class, this::locate);
    assertEquals(Reason.CACHE, refusal.reason());
    assertTrue(refusal.getMessage().contains("XDG_CACHE_HOME"), refusal.getMessage());
  }

  @Test
  void needsRoomForWhatIsUnpacked() throws IOException {
    EnginePackage real = server.content();
    EnginePackage huge =
        new EnginePackage(real.classifier(), real.bytes(), real.sha256(), Long.MAX_VALUE / 2);
    TrainingEngineException refusal =
        assertThrows(
            TrainingEngineException.class, () -> store(server.address()).locate(huge, progress));
    assertEquals(Reason.CACHE, refusal.reason());
    assertTrue(refusal.getMessage().contains("make room"), refusal.getMessage());
    assertTrue(server.requests.isEmpty());
  }

  @Test
  void refusesARepositoryThatIsNoAddress() {
    for (String wrong : List.of("ftp://host/maven", "somewhere", "https://user:secret@host/m")) {
      TrainingEngineException refusal =
          assertThrows(
              TrainingEngineException.class, () -> store(wrong).locate(server.content(), progress));
      assertEquals(Reason.SETTING, refusal.reason());
      assertTrue(refusal.getMessage().contains("TERN_MAVEN_REPOSITORY"), refusal.getMessage());
      assertFalse(refusal.getMessage().contains("secret"), refusal.getMessage());
    }
  }
}
