package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Models by name: `pull`, `ls`, `rm`, `verify`, and names where a file could stand, with a hub on
/// this machine that has one repository.
class ModelNamesTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String REPOSITORY = "owner/tiny-model";

  @TempDir static Path models;
  @TempDir Path folder;

  private final Map<String, String> environment = new HashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private byte[] content;

  @BeforeEach
  void startHub() throws IOException {
    content = Files.readAllBytes(Models.tiny(models));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    environment.put("HOME", folder.toString());
    environment.put("TERN_HOME", folder.resolve("tern").toString());
    environment.put("HF_HUB_CACHE", folder.resolve("cache").toString());
    environment.put("HF_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort());
  }

  @AfterEach
  void stopHub() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    requests.add(path);
    byte[] body = content;
    int status = 200;
    if (path.startsWith("/api/models/" + REPOSITORY + "/")) {
      String file = "{\"rfilename\":\"%s\",\"lfs\":{\"sha256\":\"%s\",\"size\":%d}}";
      body =
          ("{\"sha\":\"" + COMMIT + "\",\"siblings\":[" + file + "," + file + "]}")
              .formatted(
                  "tiny-i2_s.gguf",
                  sha256(),
                  content.length,
                  "tiny-f16.gguf",
                  sha256(),
                  content.length)
              .getBytes(StandardCharsets.UTF_8);
    } else if (path.startsWith("/api/")) {
      status = 404;
      body = new byte[] {'x'};
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (java.security.NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private Run tern(Object... args) {
    return typed("", false, args);
  }

  private Run typed(String input, boolean person, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        Run.streams(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            person,
            environment);
    String[] words = java.util.Arrays.stream(args).map(Object::toString).toArray(String[]::new);
    return new Run(
        Main.run(words, streams),
        out.toString(StandardCharsets.UTF_8),
        err.toString(StandardCharsets.UTF_8));
  }

  private Path model() {
    return folder.resolve(
        "cache/models--owner--tiny-model/snapshots/" + COMMIT + "/tiny-i2_s.gguf");
  }

  @Test
  void pullPrintsWhereTheModelIs() throws IOException {
    Run run = tern("pull", REPOSITORY);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(model() + "\n", run.out());
    assertArrayEquals(content, Files.readAllBytes(model()));
    assertTrue(run.err().contains("taking tiny-i2_s.gguf"), run.err());
    assertTrue(run.err().contains(": tiny-f16.gguf"), run.err());
    assertTrue(run.err().contains("checksum right"), run.err());
    assertFalse(run.err().contains("\r"), run.err());
    assertEquals("", tern("pull", "-q", REPOSITORY).err());
  }

  @Test
  void whoNamesAFileIsNotToldOfOthers() {
    Run run = tern("pull", REPOSITORY + ":f16");
    assertEquals(0, run.exitCode(), run.err());
    assertFalse(run.err().contains("taking"), run.err());
  }

  @Test
  void runFetchesOnceAndThenAsksNobody() {
    Object[] command = {"run", REPOSITORY, "Once", "-n", "3", "--temp", "0"};
    Run first = tern(command);
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().contains("fetching tiny-i2_s.gguf"), first.err());
    requests.clear();
    Run second = tern(command);
    assertEquals(first.out(), second.out());
    assertFalse(second.err().contains("fetching"), second.err());
    assertEquals(List.of(), requests);
  }

  @ParameterizedTest
  @ValueSource(strings = {"show", "doctor", "tokenize"})
  void commandsThatOnlyLookFetchNothing(String command) {
    Run absent = tern(command, REPOSITORY);
    assertEquals(ExitCode.BAD_FILE, absent.exitCode(), absent.err());
    assertTrue(absent.err().contains("'tern pull " + REPOSITORY + "'"), absent.err());
    assertEquals(List.of(), requests);
    tern("pull", REPOSITORY);
    assertEquals(0, typed("x", false, command, REPOSITORY).exitCode());
  }

  @Test
  void benchAndChatTakeNames() {
    assertEquals(
        0,
        tern(
                "bench",
                REPOSITORY,
                "-p",
                "2",
                "-n",
                "0",
                "-r",
                "1",
                "--compare",
                "model=" + REPOSITORY)
            .exitCode());
    assertEquals(0, typed("hi\n", false, "chat", "-m", REPOSITORY, "-n", "2").exitCode());
  }

  @Test
  void aPathThatExistsWins() throws IOException {
    Path path = Files.copy(Models.tiny(models), folder.resolve("bitnet-2b"));
    Run run = tern("show", path);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(List.of(), requests);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "missing.gguf",
        "models/missing.gguf",
        "/nowhere/missing",
        "./owner/repo",
        "../owner/repo",
        "~/model",
        "a/b/c",
        "tokenizer.json"
      })
  void whatLooksLikeAFileIsSaidToBeMissing(String name) {
    Run run = tern("run", name, "Once");
    assertEquals(ExitCode.BAD_FILE, run.exitCode());
    assertEquals("tern: there is no file " + Path.of(name) + "\n", run.err());
    assertEquals(List.of(), requests);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "owner/repo",
        "owner/repo:file.gguf",
        "owner/repo@main",
        "owner/repo@refs/pr/1:a/b.gguf",
        "bitnet-2b",
        "https://huggingface.co/owner/repo",
        "hf.co/owner/repo:Q2_0",
        "owner/name-1.58bit-GGUF"
      })
  void namesAreNotTakenForFiles(String name) {
    assertFalse(ModelArgument.looksLikeFile(name));
  }

  @Test
  void aShortNameThatIsNoneGetsAGuess() {
    Run run = tern("run", "bitnet-2c", "Once");
    assertEquals(ExitCode.BAD_FILE, run.exitCode());
    assertTrue(run.err().contains("did you mean bitnet-2b or"), run.err());
    assertTrue(run.err().contains("tern pull --list"), run.err());
    assertEquals(List.of(), requests);
  }

  @Test
  void aRepositoryThatIsNotThereHasAnExitCodeOfItsOwn() {
    Run run = tern("pull", "owner/nothing");
    assertEquals(ExitCode.NOT_FETCHED, run.exitCode());
    assertTrue(run.err().startsWith("tern: "), run.err());
    assertTrue(run.err().contains("no repository owner/nothing"), run.err());
    Run encoding = tern("pull", REPOSITORY + ":q8_0");
    assertEquals(ExitCode.USAGE, encoding.exitCode());
    assertTrue(encoding.err().contains("tiny-f16.gguf, tiny-i2_s.gguf"), encoding.err());
    assertEquals(ExitCode.USAGE, tern("pull").exitCode());
    assertEquals(ExitCode.USAGE, tern("pull", "a/b", "--revision", "../x").exitCode());
    assertEquals(ExitCode.USAGE, tern("pull", "a/b", "--connections", "0").exitCode());
    environment.put("HF_ENDPOINT", "nonsense");
    assertEquals(ExitCode.USAGE, tern("pull", "a/b").exitCode());
  }

  @Test
  void aPersonsOwnCatalogueAddsNames() throws IOException {
    Files.createDirectories(folder.resolve("tern"));
    Path own = folder.resolve("tern/models.ini");
    Files.writeString(own, "[mine]\nmodel = " + REPOSITORY + ":f16\ndescription = My model\n");
    assertTrue(tern("pull", "--list").out().contains("mine "), "it is listed");
    assertTrue(tern("pull", "--list").out().contains("bitnet-2b"), "others are as well");
    assertTrue(tern("pull", "mine").out().endsWith("tiny-f16.gguf\n"));
    Files.writeString(own, "[mine]\nmodel = nothing\n");
    Run wrong = tern("pull", "bitnet-2b");
    assertEquals(ExitCode.USAGE, wrong.exitCode());
    assertTrue(wrong.err().contains("models.ini, [mine]: 'nothing' is not"), wrong.err());
  }

  @Test
  void lsListsWhatIsThere() {
    Run nothing = tern("ls");
    assertEquals("", nothing.out());
    assertTrue(nothing.err().contains("tern pull bitnet-2b"), nothing.err());
    tern("pull", REPOSITORY, REPOSITORY + ":f16");
    List<String> lines = tern("ls").outLines();
    assertEquals(3, lines.size());
    assertTrue(lines.get(1).startsWith(REPOSITORY + ":tiny-f16.gguf "), lines.get(1));
    assertTrue(lines.get(2).contains(" I2_S "), lines.get(2));
    JsonNode json = new JsonMapper().readTree(tern("ls", "--json").out());
    assertEquals(REPOSITORY + ":tiny-i2_s.gguf", json.get(1).get("name").asString());
    assertEquals(content.length, json.get(1).get("bytes").asInt());
    assertEquals(model().toString(), json.get(1).get("path").asString());
    assertEquals(0, tern("show", json.get(1).get("name").asString()).exitCode());
  }

  @Test
  void rmAsksAndKeepsWhatAnotherModelShares() throws IOException {
    tern("pull", REPOSITORY, REPOSITORY + ":f16");
    Run unasked = tern("rm", REPOSITORY);
    assertEquals(ExitCode.USAGE, unasked.exitCode());
    assertTrue(unasked.err().contains("--yes"), unasked.err());
    Run refused = typed("n\n", true, "rm", REPOSITORY);
    assertEquals(0, refused.exitCode());
    assertTrue(refused.err().contains("nothing was removed"), refused.err());
    // Both names have the same content here.
    Run one = typed("y\n", true, "rm", REPOSITORY + ":f16");
    assertEquals("removed owner/tiny-model:f16, 0 B are free\n", one.out());
    assertArrayEquals(content, Files.readAllBytes(model()));
    Run all = tern("rm", REPOSITORY, "--yes");
    assertEquals(
        "removed owner/tiny-model, %s are free\n".formatted(ByteCount.format(content.length)),
        all.out());
    assertFalse(Files.exists(folder.resolve("cache/models--owner--tiny-model")));
    Run again = tern("rm", REPOSITORY, "--yes");
    assertEquals(ExitCode.BAD_FILE, again.exitCode());
    assertTrue(again.err().contains("'tern ls' lists"), again.err());
  }

  @Test
  void verifyFindsDamage() throws IOException {
    tern("pull", REPOSITORY);
    Run sound = tern("verify");
    assertEquals(0, sound.exitCode(), sound.err());
    assertEquals("intact       owner/tiny-model:tiny-i2_s.gguf\n", sound.out());
    byte[] damaged = content.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(model().toRealPath(), damaged);
    Run wrong = tern("verify", REPOSITORY, "-q");
    assertEquals(ExitCode.CHECK_FAILED, wrong.exitCode());
    assertEquals("DAMAGED      owner/tiny-model:tiny-i2_s.gguf\n", wrong.out());
    assertTrue(wrong.err().contains("1 of 1 files"), wrong.err());
    Files.delete(model().toRealPath());
    assertEquals("MISSING      owner/tiny-model:tiny-i2_s.gguf\n", tern("verify").out());
    assertEquals(ExitCode.NOT_FETCHED, tern("verify", "owner/other").exitCode());
  }

  @Test
  void aDamagedLinkIsFetchedAgain() throws IOException {
    tern("pull", REPOSITORY);
    Files.delete(model().toRealPath());
    assertEquals(0, tern("pull", REPOSITORY).exitCode());
    assertArrayEquals(content, Files.readAllBytes(model()));
  }
}
