package dev.tern.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchOptions;
import dev.tern.BatchRequest;
import dev.tern.GenerationOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

/// What `/metrics` says after requests, read as Prometheus reads it.
@Timeout(120)
class MetricsTest {
  private static final String PATH = "/v1/completions";
  private static final int TOKENS = 6;
  private static final int PLACES = 8;

  /// Longer than a block of the cache, so that it can be found there.
  private static final String PROMPT = "Once upon a time there was a dog. ".repeat(6);

  private static TestServer server;
  private static Client client;

  @BeforeAll
  static void start() throws IOException {
    server =
        TestServer.start(
            BatchOptions.defaults().withMaxRunning(1).withQueueCapacity(PLACES - 1),
            ServerOptions.defaults());
    client = new Client(server);
  }

  @AfterAll
  static void stop() throws IOException {
    client.close();
    server.close();
  }

  /// All that was said at one time.
  ///
  /// @param types of the families, by name
  /// @param samples by name and labels as they are written
  private record Scrape(Map<String, String> types, Map<String, Double> samples) {
    private static final Pattern DESCRIPTION =
        Pattern.compile("# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)");
    private static final Pattern SAMPLE =
        Pattern.compile(
            "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-z_]+=\"[^\"\\\\\n]*\"(?:,[a-z_]+=\"[^\"\\\\\n]*\")*})?"
                + " ([-+]?(?:[0-9.]+(?:E-?[0-9]+)?|Inf)|NaN)");

    static Scrape parse(String text) {
      Map<String, String> types = new LinkedHashMap<>();
      Map<String, Double> samples = new LinkedHashMap<>();
      for (String line : text.split("\n", -1)) {
        Matcher description = DESCRIPTION.matcher(line);
        Matcher sample = SAMPLE.matcher(line);
        if (description.matches()) {
          if (description.group(1).equals("TYPE")) {
            assertNull(types.put(description.group(2), description.group(3)), line);
          }
        } else if (sample.matches()) {
          double value = Double.parseDouble(sample.group(3).replace("Inf", "Infinity"));
          String series = line.substring(0, line.lastIndexOf(' '));
          assertNull(samples.put(series, value), line);
          assertTrue(types.containsKey(family(sample.group(1), types)), line);
        } else {
          assertEquals("", line);
        }
      }
      assertTrue(text.endsWith("\n"), "the last line is ended");
      return new Scrape(types, samples);
    }

    private static String family(String name, Map<String, String> types) {
      String family = name.replaceFirst("_(bucket|count|sum)$", "");
      return types.containsKey(family) ? family : name;
    }

    double get(String series) {
      assertTrue(samples.containsKey(series), () -> series + " is not in " + samples.keySet());
      return samples.get(series);
    }

    /// {@return a number of the model that is served}
    double of(String name) {
      return get(name + "{model=\"tiny\"}");
    }

    double calls() {
      return calls(200) + calls(400) + calls(404);
    }

    double calls(int status) {
      return samples.getOrDefault(
          "http_server_requests_seconds_count{method=\"POST\",route=\"%s\",status=\"%d\"}"
              .formatted(PATH, status),
          0.0);
    }
  }

  private static Scrape scrape() {
    try {
      HttpResponse<String> answer =
          client
              .http()
              .send(
                  HttpRequest.newBuilder(URI.create(server.url() + "/metrics")).build(),
                  HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode(), answer.body());
      assertEquals(
          "text/plain; version=0.0.4; charset=utf-8",
          answer.headers().firstValue("Content-Type").orElse(""));
      return Scrape.parse(answer.body());
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError("no answer", failure);
    }
  }

  /// {@return what is said when something is so, or after a while}
  private static Scrape await(Predicate<Scrape> condition) throws InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    Scrape last = scrape();
    while (!condition.test(last) && System.nanoTime() < deadline) {
      Thread.sleep(5);
      last = scrape();
    }
    return last;
  }

  private static Scrape awaitIdle() throws InterruptedException {
    return await(each -> each.of("tern_requests_running") + each.of("tern_requests_waiting") == 0);
  }

  private static JsonNode complete(String prompt, String further) {
    return client.answer(
        PATH,
        "{'prompt': '%s', 'seed': 1, 'ignore_eos': true, 'max_tokens': %d%s}"
            .formatted(prompt, TOKENS, further));
  }

  @Test
  void requestsTokensAndTimesAreCounted() throws InterruptedException {
    Scrape before = awaitIdle();
    int prompts = 0;
    for (String prompt : new String[] {"One", "Number two", "And a third"}) {
      prompts += complete(prompt, "").at("/usage/prompt_tokens").intValue();
    }
    assertEquals(400, client.post(PATH, "{'prompt': 5}").status());
    assertEquals(404, client.post(PATH, "{'prompt': 'One', 'model': 'other'}").status());
    Scrape after =
        await(each -> each.calls() == before.calls() + 5 && each.of("tern_requests_running") == 0);
    assertEquals(3, after.calls(200) - before.calls(200));
    assertEquals(1, after.calls(400) - before.calls(400));
    assertEquals(1, after.calls(404) - before.calls(404));
    assertGrew(3, "tern_requests_submitted_total", before, after);
    assertGrew(0, "tern_requests_refused_total", before, after);
    assertGrew(0, "tern_requests_preempted_total", before, after);
    assertGrew(prompts, "tern_tokens_prefilled_total", before, after);
    // The first token of each is the prompt's last result.
    assertGrew(3 * (TOKENS - 1), "tern_tokens_decoded_total", before, after);
    assertTimes(3, before, after);
    String ended =
        "gen_ai_server_request_duration_seconds_count{finish=\"max_tokens\",model=\"tiny\"}";
    assertEquals(3, after.get(ended) - before.samples().getOrDefault(ended, 0.0));
    assertEquals(0, after.of("tern_requests_waiting"));
    assertEquals(0, after.of("tern_kv_used_bytes"));
  }

  private static void assertGrew(int by, String name, Scrape before, Scrape after) {
    assertEquals(by, after.of(name) - before.of(name), name);
  }

  /// A request waits, then has its first token, then ends.
  private static void assertTimes(int requests, Scrape before, Scrape after) {
    double queued = grown("gen_ai_server_queue_time_seconds", requests, before, after);
    double first = grown("gen_ai_server_time_to_first_token_seconds", requests, before, after);
    assertTrue(queued >= 0 && queued < first, queued + " and " + first);
    double each = grown("gen_ai_server_time_per_output_token_seconds", requests, before, after);
    assertTrue(each > 0);
    double whole =
        after.get(
            "gen_ai_server_request_duration_seconds_sum{finish=\"max_tokens\",model=\"tiny\"}");
    assertTrue(first < whole, first + " and " + whole);
  }

  /// {@return how many seconds a timer of requests has gained}
  private static double grown(String timer, int by, Scrape before, Scrape after) {
    assertGrew(by, timer + "_count", before, after);
    return after.of(timer + "_sum") - before.of(timer + "_sum");
  }

  @Test
  void histogramsGrowWithTheirBounds() throws InterruptedException {
    complete("One", "");
    Scrape scrape = awaitIdle();
    for (String name :
        new String[] {
          "gen_ai_server_queue_time_seconds",
          "gen_ai_server_time_to_first_token_seconds",
          "gen_ai_server_time_per_output_token_seconds"
        }) {
      assertEquals("histogram", scrape.types().get(name));
      double below = 0;
      double bound = 0;
      for (String series : scrape.samples().keySet()) {
        if (series.startsWith(name + "_bucket{model=\"tiny\",le=\"")) {
          double next =
              Double.parseDouble(series.replaceAll(".*le=\"|\"}", "").replace("+Inf", "Infinity"));
          assertTrue(next > bound, series);
          assertTrue(scrape.get(series) >= below, series);
          bound = next;
          below = scrape.get(series);
        }
      }
      assertEquals(Double.POSITIVE_INFINITY, bound);
      assertEquals(scrape.of(name + "_count"), below);
    }
  }

  @Test
  void promptsThatBeginAlikeAreFound() throws InterruptedException {
    int length = complete(PROMPT, "").at("/usage/prompt_tokens").intValue();
    Scrape before = awaitIdle();
    assertTrue(before.of("tern_kv_cached_bytes") > 0);
    assertTrue(before.of("tern_kv_cached_bytes") <= before.of("tern_kv_bytes_limit"));
    int cached = complete(PROMPT, "").at("/usage/prompt_tokens_details/cached_tokens").intValue();
    Scrape after = awaitIdle();
    assertTrue(cached > 0 && cached < length, cached + " of " + length);
    assertGrew(cached, "tern_tokens_prefix_hit_total", before, after);
    assertGrew(length - cached, "tern_tokens_prefilled_total", before, after);
  }

  @Test
  void showsWhatRunsAndWaitsAndIsRefused() throws InterruptedException {
    Scrape before = awaitIdle();
    CountDownLatch mayRead = new CountDownLatch(1);
    List<BatchRequest> held = Stream.generate(() -> hold(mayRead)).limit(PLACES).toList();
    try {
      Scrape busy =
          await(each ->
              each.of("tern_requests_running") > 0
                  && each.of("tern_requests_waiting") > 0
                  && each.of("tern_kv_used_bytes") > 0);
      assertEquals(1, busy.of("tern_requests_running"));
      assertTrue(busy.of("tern_requests_waiting") > 0);
      assertTrue(busy.of("tern_requests_waiting") < PLACES);
      assertTrue(busy.of("tern_kv_used_bytes") > 0);
      assertTrue(busy.of("tern_kv_used_bytes") <= busy.of("tern_kv_bytes_limit"));
      assertEquals(429, client.post(PATH, "{'prompt': 'One', 'max_tokens': 1}").status());
    } finally {
      held.forEach(BatchRequest::cancel);
      mayRead.countDown();
    }
    for (BatchRequest request : held) {
      request.await();
    }
    Scrape after = await(each -> each.calls(429) > before.calls(429));
    assertEquals(1, after.calls(429) - before.calls(429));
    assertGrew(1, "tern_requests_refused_total", before, after);
    assertGrew(PLACES, "tern_requests_submitted_total", before, after);
  }

  /// A long request, which keeps its place until its reader has read everything.
  private static BatchRequest hold(CountDownLatch mayRead) {
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().maxTokens(400).ignoreEos(true).build();
    return server.engine().submit("Once", options, _ -> awaitQuietly(mayRead));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void tellsOfTheProcess() {
    Scrape scrape = scrape();
    assertEquals("gauge", scrape.types().get("jvm_memory_used_bytes"));
    double used =
        scrape.samples().entrySet().stream()
            .filter(each -> each.getKey().startsWith("jvm_memory_used_bytes{area=\"heap\""))
            .mapToDouble(Map.Entry::getValue)
            .sum();
    assertTrue(used > 0);
    assertTrue(scrape.get("jvm_threads_live_threads") > 1);
    assertTrue(scrape.get("process_uptime_seconds") > 0);
    assertEquals("counter", scrape.types().get("jvm_gc_memory_allocated_bytes_total"));
  }
}
