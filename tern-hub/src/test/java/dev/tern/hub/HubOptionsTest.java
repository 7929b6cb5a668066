package dev.tern.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the environment says, as Hugging Face's own tools read it.
class HubOptionsTest {
  @TempDir Path home;

  private HubOptions options(String... variables) {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOME", home.toString());
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    return HubOptions.from(environment);
  }

  @Test
  void theCacheIsHuggingFaces() {
    assertEquals(home.resolve(".cache/huggingface/hub"), options().cache());
    assertEquals(Path.of("/x/huggingface/hub"), options("XDG_CACHE_HOME", "/x").cache());
    assertEquals(Path.of("/h/hub"), options("HF_HOME", "/h", "XDG_CACHE_HOME", "/x").cache());
    assertEquals(Path.of("/c"), options("HF_HUB_CACHE", "/c", "HF_HOME", "/h").cache());
    assertEquals(home.resolve("c"), options("HF_HUB_CACHE", "~/c").cache());
    assertEquals(home.resolve(".cache/huggingface/hub"), options("HF_HOME", " ").cache());
  }

  @Test
  void theCatalogueIsInTernsHome() {
    assertEquals(home.resolve(".config/tern/models.ini"), options().catalogue());
    assertEquals(Path.of("/t/models.ini"), options("TERN_HOME", "/t").catalogue());
  }

  @Test
  void theTokenIsAVariableOrAFile() throws IOException {
    assertEquals(Optional.empty(), options().token());
    assertEquals(Optional.of("hf_a"), options("HF_TOKEN", "hf_a\n").token());
    Path folder = Files.createDirectories(home.resolve(".cache/huggingface"));
    Files.writeString(folder.resolve("token"), "hf_b\n");
    assertEquals(Optional.of("hf_b"), options().token());
    assertEquals(Optional.of("hf_a"), options("HF_TOKEN", "hf_a").token());
    assertEquals(Optional.empty(), options("HF_HUB_DISABLE_IMPLICIT_TOKEN", "true").token());
    assertThrows(IllegalArgumentException.class, () -> options("HF_TOKEN", "a\nb"));
  }

  @Test
  void theEndpointIsAnAddress() {
    assertEquals(URI.create("https://huggingface.co"), options().endpoint());
    assertEquals(
        URI.create("https://mirror.example/hf"),
        options("HF_ENDPOINT", "https://mirror.example/hf//").endpoint());
    for (String wrong :
        new String[] {"nonsense", "ftp://x", "https://", "https://u:p@x", "https://x?y", "a b"}) {
      assertThrows(IllegalArgumentException.class, () -> options("HF_ENDPOINT", wrong), wrong);
    }
  }

  @Test
  void offlineAndPatience() {
    assertFalse(options("HF_HUB_OFFLINE", "0").offline());
    assertTrue(options("HF_HUB_OFFLINE", "yes").offline());
    assertEquals(Duration.ofSeconds(5), options("HF_HUB_DOWNLOAD_TIMEOUT", "5").timeout());
    assertThrows(IllegalArgumentException.class, () -> options("HF_HUB_DOWNLOAD_TIMEOUT", "soon"));
  }

  private String proxyFor(String target, String... variables) {
    Proxy proxy = options(variables).proxies().select(URI.create(target)).getFirst();
    return proxy.type() == Proxy.Type.DIRECT
        ? "none"
        : String.valueOf(proxy.address()).replaceAll(".*?([a-z.]+)(/<unresolved>)?:", "$1:");
  }

  @ParameterizedTest
  @CsvSource({
    "https://hub.example, one:8080",
    "http://hub.example, two:80",
    "https://in.corp.example, none",
    "https://corp.example, none",
    "https://xcorp.example, one:8080",
    "https://exact.example, none",
    "https://sub.exact.example, none",
  })
  void proxiesAreThoseOfTheEnvironment(String target, String proxy) {
    assertEquals(
        proxy,
        proxyFor(
            target,
            "https_proxy",
            "http://user:pass@one:8080",
            "HTTP_PROXY",
            "two",
            "NO_PROXY",
            ".corp.example, corp.example,exact.example"));
  }

  @Test
  void aProxyThatCannotBeUsedIsRefusedWithoutItsPassword() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> options("HTTPS_PROXY", "socks5://user:secret@x:1"));
    assertTrue(refusal.getMessage().startsWith("HTTPS_PROXY"));
    assertFalse(refusal.getMessage().contains("secret"));
  }

  @Test
  void anEncryptedHubLeadsToEncryptedHostsOnly() throws IOException {
    URI hub = URI.create("https://huggingface.co/x");
    try (HubClient client = new HubClient(options())) {
      assertEquals(
          URI.create("https://cdn.example/y"), client.redirect(hub, "https://cdn.example/y"));
      assertEquals(URI.create("https://huggingface.co/z"), client.redirect(hub, "/z"));
      HubException refusal =
          assertThrows(HubException.class, () -> client.redirect(hub, "http://cdn.example/y"));
      assertTrue(refusal.getMessage().contains("not encrypted"), refusal.getMessage());
      assertTrue(client.isHub(URI.create("https://HuggingFace.co:443/x")));
      assertFalse(client.isHub(URI.create("http://huggingface.co/x")));
      assertFalse(client.isHub(URI.create("https://huggingface.co:444/x")));
      assertFalse(client.isHub(URI.create("https://huggingface.co.evil.example/x")));
    }
  }
}
