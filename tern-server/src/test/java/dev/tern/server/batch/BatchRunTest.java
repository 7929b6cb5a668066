package dev.tern.server.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(20)
class BatchRunTest {
  private static final String URL = "/v1/echo";
  private static final Endpoint ECHO = call -> call.reply(call.body());

  @TempDir private Path folder;

  @Test
  void answersEveryLine() throws IOException, InterruptedException {
    Path input = input(line("a", 1), "", line("b", 2), line("c", 3));
    List<BatchProgress> reports = new ArrayList<>();
    BatchProgress end = run(input, ECHO, 2, reports);
    assertEquals(new BatchProgress(3, 0, 3, 0), end);
    assertEquals(List.of(0, 1, 2, 3), reports.stream().map(BatchProgress::answered).toList());
    Map<String, JsonNode> answers = answers();
    assertEquals(Set.of("a", "b", "c"), answers.keySet());
    assertEquals(2, answers.get("b").at("/response/body/n").intValue());
    assertEquals(200, answers.get("b").at("/response/status_code").intValue());
    assertTrue(answers.get("b").get("error").isNull());
    assertNothingElse();
  }

  @Test
  void keepsRefusalsAsAnswers() throws IOException, InterruptedException {
    Endpoint refusing =
        call -> {
          if (call.body().get("n").intValue() == 2) {
            throw ApiException.invalid("n", "n must not be 2");
          }
          call.reply(call.body());
        };
    BatchProgress end = run(input(line("a", 1), line("b", 2)), refusing, 1, new ArrayList<>());
    assertEquals(new BatchProgress(2, 0, 2, 1), end);
    JsonNode refused = answers().get("b");
    assertEquals(400, refused.at("/response/status_code").intValue());
    assertEquals("n", refused.at("/response/body/error/param").stringValue());
  }

  @Test
  void goesOnWhereOneRequestBreaks() throws IOException, InterruptedException {
    Endpoint breaking =
        call -> {
          if (call.body().get("n").intValue() == 1) {
            throw new ArithmeticException("secret");
          }
          call.reply(call.body());
        };
    BatchProgress end = run(input(line("a", 1), line("b", 2)), breaking, 1, new ArrayList<>());
    assertEquals(new BatchProgress(2, 0, 2, 1), end);
    JsonNode broken = answers().get("a").get("response");
    assertEquals(500, broken.get("status_code").intValue());
    assertEquals("internal_error", broken.at("/body/error/code").stringValue());
    assertFalse(broken.toString().contains("secret"), broken.toString());
  }

  @Test
  void endsWithWhatKeepsAllRequestsFromBeingAnswered() throws IOException {
    IllegalStateException shortage = new IllegalStateException("no memory");
    Endpoint failing =
        _ -> {
          ApiException refusal = ApiException.of(503, "server_error", "out_of_memory", "later");
          refusal.initCause(shortage);
          throw refusal;
        };
    Path input = input(line("a", 1), line("b", 2));
    assertSame(
        shortage,
        assertThrows(IllegalStateException.class, () -> run(input, failing, 1, new ArrayList<>())));
    assertFalse(Files.exists(output()));
  }

  @Test
  void goesOnAfterAnInterruptionAndAHalfWrittenLine() throws IOException, InterruptedException {
    Path input = input(line("a", 1), line("b", 2), line("c", 3));
    ApiException closed = ApiException.of(503, "server_error", "shutting_down", "closed");
    Endpoint failing =
        call -> {
          if (call.body().get("n").intValue() == 2) {
            throw closed;
          }
          call.reply(call.body());
        };
    assertSame(
        closed, assertThrows(ApiException.class, () -> run(input, failing, 1, new ArrayList<>())));
    assertFalse(Files.exists(output()));
    Files.writeString(partial(), "{\"custom_id\": \"b", StandardOpenOption.APPEND);

    AtomicInteger calls = new AtomicInteger();
    BatchProgress end =
        run(
            input,
            call -> {
              calls.incrementAndGet();
              call.reply(call.body());
            },
            1,
            new ArrayList<>());
    assertEquals(new BatchProgress(3, 1, 3, 0), end);
    assertEquals(2, calls.get());
    assertEquals(Set.of("a", "b", "c"), answers().keySet());
    assertNothingElse();
  }

  @Test
  void endsWhenItIsInterruptedAndCancelsWhatIsOnItsWay() throws Exception {
    Path input = input(line("a", 1), line("b", 2));
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    Endpoint waiting =
        call -> {
          call.onGone(cancelled::countDown);
          begun.countDown();
          new CountDownLatch(1).await();
        };
    Thread runner =
        Thread.ofVirtual()
            .start(() ->
                assertThrows(
                    InterruptedException.class, () -> run(input, waiting, 1, new ArrayList<>())));
    begun.await();
    runner.interrupt();
    cancelled.await();
    runner.join();
    assertFalse(Files.exists(output()));
    assertEquals(2, run(input, ECHO, 1, new ArrayList<>()).answered());
  }

  @Test
  void endsAtTheFirstAnswerThatCannotBeWritten() throws IOException {
    Path input = input(line("a", 1), line("b", 2), line("c", 3), line("d", 4));
    CountDownLatch waiting = new CountDownLatch(1);
    AtomicInteger cancelled = new AtomicInteger();
    Set<Integer> asked = ConcurrentHashMap.newKeySet();
    Endpoint endpoint =
        call -> {
          int n = call.body().get("n").intValue();
          asked.add(n);
          if (n == 1) {
            CountDownLatch gone = new CountDownLatch(1);
            call.onGone(() -> {
              cancelled.incrementAndGet();
              gone.countDown();
            });
            waiting.countDown();
            gone.await();
            throw new ClientGoneException("cancelled");
          }
          waiting.await();
          // A channel that is written to by an interrupted thread fails, and all writes after it.
          Thread.currentThread().interrupt();
          call.reply(call.body());
        };
    IOException failure =
        assertThrows(IOException.class, () -> run(input, endpoint, 2, new ArrayList<>()));
    assertTrue(failure.getMessage().contains(partial().toString()), failure.getMessage());
    assertEquals(1, cancelled.get());
    assertEquals(Set.of(1, 2), asked);
    assertFalse(Files.exists(output()));
  }

  @Test
  void keepsAFileThatHasAppearedMeanwhile() throws IOException, InterruptedException {
    Path input = input(line("a", 1));
    Endpoint slow =
        call -> {
          try {
            Files.writeString(output(), "mine");
          } catch (IOException failure) {
            throw new UncheckedIOException(failure);
          }
          call.reply(call.body());
        };
    IOException refusal =
        assertThrows(IOException.class, () -> run(input, slow, 1, new ArrayList<>()));
    assertTrue(refusal.getMessage().contains("has appeared"), refusal.getMessage());
    assertEquals("mine", Files.readString(output()));
    Files.delete(output());
    assertEquals(new BatchProgress(1, 1, 1, 0), run(input, ECHO, 1, new ArrayList<>()));
    assertEquals(Set.of("a"), answers().keySet());
  }

  @Test
  void waitsWhereAllPlacesAreTaken() throws IOException, InterruptedException {
    AtomicInteger calls = new AtomicInteger();
    Endpoint full =
        call -> {
          if (calls.incrementAndGet() == 1) {
            throw ApiException.busy("full", Duration.ofMillis(1));
          }
          call.reply(call.body());
        };
    assertEquals(
        new BatchProgress(1, 0, 1, 0), run(input(line("a", 1)), full, 1, new ArrayList<>()));
  }

  @Test
  void answersNoLineThatHasChangedSinceItWasChecked() throws IOException, InterruptedException {
    Path path = input(line("a", 1), line("b", 2), line("c", 3));
    BatchInput checked = BatchInput.check(path, Set.of(URL), "model");
    input(line("a", 1), line("b", 7), line("c", 3));
    List<Integer> asked = Collections.synchronizedList(new ArrayList<>());
    Endpoint recording =
        call -> {
          asked.add(call.body().get("n").intValue());
          call.reply(call.body());
        };
    BatchRun run = new BatchRun(checked, Map.of(URL, recording), 1, _ -> {});
    BatchFileException changed = assertThrows(BatchFileException.class, () -> run.run(target()));
    assertTrue(changed.getMessage().contains("line 2: the file has changed"), changed.getMessage());
    assertFalse(asked.contains(7), asked.toString());
    assertFalse(asked.contains(3), asked.toString());
    assertFalse(Files.exists(output()));
  }

  @Test
  void noticesLinesThatWereAddedOrTakenAway() throws IOException, InterruptedException {
    Path path = input(line("a", 1), line("b", 2));
    BatchInput checked = BatchInput.check(path, Set.of(URL), "model");
    for (Path changed : List.of(input(line("a", 1)), input(line("a", 1), line("b", 2), ""))) {
      BatchRun run = new BatchRun(checked, Map.of(URL, ECHO), 1, _ -> {});
      assertThrows(BatchFileException.class, () -> run.run(target()), changed::toString);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[]|must be a JSON object",
        "{|not valid JSON",
        "{\"custom_id\": \"a\"} x|not valid JSON",
        "{\"method\": \"POST\", \"url\": \"/v1/echo\", \"body\": {}}|custom_id must be a text",
        "{\"custom_id\": \"b\", \"method\": \"GET\", \"url\": \"/v1/echo\", \"body\": {}}|method must be POST",
        "{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/v1/x\", \"body\": {}}|url must be one of /v1/echo",
        "{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/v1/echo\", \"body\": 1}|body must be",
        "{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/v1/echo\", \"body\": {\"stream\": true}}|no streams",
        "{\"custom_id\": \"b\", \"method\": \"POST\", \"url\": \"/v1/echo\", \"body\": {\"model\": \"gpt\"}}|body.model is 'gpt', but 'model' answers",
        "{\"custom_id\": \"b\", \"extra\": 1}|unknown field 'extra'",
        "{\"custom_id\": \"a\", \"method\": \"POST\", \"url\": \"/v1/echo\", \"body\": {}}|has the custom_id 'a' too",
      })
  void refusesAFileBeforeAnythingIsAnswered(String wrong, String why) throws IOException {
    Path input = input(line("a", 1), wrong);
    BatchFileException refusal =
        assertThrows(BatchFileException.class, () -> BatchInput.check(input, Set.of(URL), "model"));
    assertTrue(refusal.getMessage().contains("line 2"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(why), refusal.getMessage());
  }

  @Test
  void refusesAFileWithoutRequests() throws IOException {
    Path input = input("", " ");
    assertThrows(BatchFileException.class, () -> BatchInput.check(input, Set.of(URL), "model"));
  }

  private BatchProgress run(Path input, Endpoint endpoint, int atOnce, List<BatchProgress> reports)
      throws IOException, InterruptedException {
    BatchInput checked = BatchInput.check(input, Set.of(URL), "model");
    return new BatchRun(checked, Map.of(URL, endpoint), atOnce, reports::add).run(target());
  }

  private Path input(String... lines) throws IOException {
    return Files.write(folder.resolve("in.jsonl"), List.of(lines));
  }

  private Path output() {
    return folder.resolve("out.jsonl");
  }

  private BatchTarget target() {
    return new BatchTarget(output(), false, "model");
  }

  private Path partial() throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".partial")).findFirst().orElseThrow();
    }
  }

  private void assertNothingElse() throws IOException {
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count(), "the input and the answers");
    }
  }

  private Map<String, JsonNode> answers() throws IOException {
    Map<String, JsonNode> answers = new HashMap<>();
    for (String line : Files.readAllLines(output())) {
      JsonNode answer = JsonMapper.shared().readTree(line);
      assertEquals(null, answers.put(answer.get("custom_id").stringValue(), answer));
    }
    return answers;
  }

  private static String line(String id, int n) {
    return "{\"custom_id\": \"%s\", \"method\": \"POST\", \"url\": \"%s\", \"body\": {\"n\": %d}}"
        .formatted(id, URL, n);
  }
}
