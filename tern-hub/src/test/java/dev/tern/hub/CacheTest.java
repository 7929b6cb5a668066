package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Listing, removing and verifying what is in the cache.
class CacheTest extends HubTest {
  private static final byte[] CONTENT = randomBytes(300_000);
  private static final ModelReference MODEL = ModelReference.parse(HubServer.REPOSITORY);

  private ModelHub hub() {
    return ModelHub.of(options());
  }

  @Test
  void revisionsShareContentAndGoOneByOne() throws IOException {
    server.withLarge(GGUF, CONTENT);
    pull();
    String later = "f".repeat(40);
    server.commit = later;
    pull(HubServer.REPOSITORY + "@next");
    assertEquals(
        List.of("owner/some-model:" + GGUF, "owner/some-model@next:" + GGUF),
        hub().models().stream().map(model -> model.reference().toString()).toList());
    try (var files = Files.list(blobs())) {
      assertEquals(1, files.count());
    }
    assertEquals(0, hub().remove(MODEL.withRevision("next")));
    assertTrue(hub().find(MODEL).isPresent());
    assertFalse(Files.exists(blobs().resolveSibling("refs/next")));
    assertEquals(CONTENT.length, hub().remove(MODEL));
    assertFalse(Files.exists(blobs().getParent()));
    HubException refusal = assertThrows(HubException.class, () -> hub().remove(MODEL));
    assertEquals(HubException.Reason.NOT_FOUND, refusal.reason());
  }

  @Test
  void aPullThatWasNotCompletedIsListedAndCanBeRemoved() throws IOException {
    byte[] content = randomBytes(3_000_000);
    server.withLarge(GGUF, content);
    server.cdnAnswer =
        exchange -> {
          if (HubServer.header(exchange, "Range").startsWith("bytes=0-")) {
            server.sendRange(exchange);
          } else {
            HubServer.send(exchange, 500, new byte[0]);
          }
        };
    assertThrows(HubException.class, this::pull);
    CachedModel left = hub().models().getFirst();
    assertFalse(left.complete());
    assertEquals(1 << 20, left.bytes());
    assertEquals(Optional.empty(), hub().find(MODEL));
    assertEquals(1 << 20, hub().remove(MODEL));
    assertEquals(List.of(), hub().models());
  }

  @Test
  void whatIsBeingFetchedIsNotRemoved() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Path model = pull();
    Path lock = new HubCache(cacheFolder()).lock(HubServer.REPOSITORY, HubServer.sha256(CONTENT));
    try (CacheLock _ = CacheLock.tryAcquire(lock, HubOrigin.ELSEWHERE).orElseThrow()) {
      assertEquals(Optional.empty(), CacheLock.tryAcquire(lock, HubOrigin.ELSEWHERE));
      HubException refusal = assertThrows(HubException.class, () -> hub().remove(MODEL));
      assertTrue(refusal.getMessage().contains("being fetched"), refusal.getMessage());
      assertTrue(Files.exists(model));
    }
    hub().remove(MODEL);
  }

  @Test
  void filesWithoutLinksAreVerifiedAndRemovedToo() throws IOException {
    server.withLarge(GGUF, CONTENT);
    Path model = pull();
    // As the cache is where links cannot be made: a second name for the same bytes.
    Path blob = model.toRealPath();
    Files.delete(model);
    Files.createLink(model, blob);
    assertEquals(
        List.of(VerifiedFile.State.INTACT),
        hub().verify(MODEL, PullListener.SILENT).stream().map(VerifiedFile::state).toList());
    assertEquals(CONTENT.length, hub().remove(MODEL));
    // And as Hugging Face's tools leave it there: the file alone, without a checksum.
    model = pull();
    Files.move(model.toRealPath(), blobs().resolveSibling("moved"));
    Files.delete(model);
    Files.move(blobs().resolveSibling("moved"), model);
    assertEquals(Optional.of(model), hub().find(MODEL));
    assertEquals(
        List.of(VerifiedFile.State.UNKNOWN),
        hub().verifyAll(PullListener.SILENT).stream().map(VerifiedFile::state).toList());
    assertEquals(CONTENT.length, hub().remove(MODEL));
  }

  @Test
  void foreignThingsInTheCacheDoNotDisturb() throws IOException {
    Path cache = Files.createDirectories(cacheFolder());
    Files.createDirectories(cache.resolve("datasets--a--b/snapshots"));
    Files.createDirectories(cache.resolve("models--evil/snapshots/x"));
    Files.createDirectories(cache.resolve("models--a--b/snapshots/nonsense"));
    Files.createDirectories(cache.resolve("models--a--b/refs"));
    Files.writeString(cache.resolve("models--a--b/refs/main"), "../../../../etc");
    Files.writeString(cache.resolve("version.txt"), "1");
    assertEquals(List.of(), hub().models());
    assertEquals(List.of(), hub().verifyAll(PullListener.SILENT));
    assertEquals(Optional.empty(), hub().find(ModelReference.parse("a/b")));
  }

  @Test
  void aLinkThatLeadsOutOfTheCacheIsRemovedAloneAndItsTargetStays() throws IOException {
    Path outside = Files.write(folder.resolve("precious"), CONTENT);
    Path snapshot =
        Files.createDirectories(blobs().resolveSibling("snapshots").resolve(HubServer.COMMIT));
    Files.createDirectories(blobs().resolveSibling("refs"));
    Files.writeString(blobs().resolveSibling("refs/main"), HubServer.COMMIT);
    Files.createSymbolicLink(snapshot.resolve(GGUF), outside);
    assertEquals(0, hub().remove(MODEL));
    assertTrue(Files.exists(outside));
  }
}
