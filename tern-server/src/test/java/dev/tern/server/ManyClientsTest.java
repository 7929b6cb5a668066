package dev.tern.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.BatchRequest;
import dev.tern.GenerationOptions;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Many clients at once, of which some leave, some are too many, and some read slowly.
@Timeout(120)
class ManyClientsTest {
  private static final String PATH = "/v1/completions";
  private static final int SLOW = 4;
  private static final JsonMapper MAPPER = new JsonMapper();

  /// Something that a client asks for.
  private record Ask(String prompt, int seed, int tokens) {
    String json(boolean stream) {
      return "{'prompt': '%s', 'seed': %d, 'max_tokens': %d, 'ignore_eos': true, 'stream': %b}"
          .formatted(prompt, seed, tokens, stream);
    }
  }

  @Test
  void everyTextIsTheOneThatIsGivenAlone() throws Exception {
    int clients = 64;
    BatchOptions batch = BatchOptions.defaults().withMaxRunning(8).withQueueCapacity(2 * clients);
    try (TestServer server = TestServer.startFast(batch);
        Client client = new Client(server)) {
      Random random = new Random(17);
      List<Callable<Void>> calls = new ArrayList<>();
      Map<Ask, String> alone = new HashMap<>();
      for (int i = 0; i < clients; i++) {
        List<Ask> asks = asks(random, i, 3);
        asks.forEach(ask -> alone.put(ask, alone(client, ask)));
        if (i % 3 == 0) {
          int left = random.nextInt(asks.size());
          int pieces = random.nextInt(asks.get(left).tokens);
          calls.add(() -> leaveOneOf(client, asks, alone, left, pieces));
        } else {
          calls.add(() -> readAll(client, asks, alone));
        }
      }
      assertEquals(alone.size(), new HashSet<>(alone.values()).size(), "mixing would not be seen");
      together(calls);
      awaitIdle(server.engine());
    }
  }

  private static List<Ask> asks(Random random, int client, int count) {
    List<Ask> asks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String prompt = "Client %d. ".formatted(client).repeat(1 + random.nextInt(2));
      asks.add(new Ask(prompt, random.nextInt(1 << 20), 8 + random.nextInt(16)));
    }
    return asks;
  }

  private static Void readAll(Client client, List<Ask> asks, Map<Ask, String> alone)
      throws IOException, InterruptedException {
    for (Ask ask : asks) {
      assertEquals(alone.get(ask), streamed(client, ask, Integer.MAX_VALUE));
    }
    return null;
  }

  private static Void leaveOneOf(
      Client client, List<Ask> asks, Map<Ask, String> alone, int left, int pieces)
      throws IOException, InterruptedException {
    readAll(client, asks.subList(0, left), alone);
    String whole = alone.get(asks.get(left));
    String begun = streamed(client, asks.get(left), pieces);
    assertTrue(whole.startsWith(begun), begun + " does not begin " + whole);
    return readAll(client, asks.subList(left + 1, asks.size()), alone);
  }

  @Test
  void thoseThatFindNoRoomAreToldToComeLater() throws Exception {
    BatchOptions batch = BatchOptions.defaults().withMaxRunning(1).withQueueCapacity(2);
    try (TestServer server = TestServer.start(batch, ServerOptions.defaults());
        Client client = new Client(server)) {
      Ask ask = new Ask("Once upon", 5, 16);
      CountDownLatch mayRead = new CountDownLatch(1);
      List<BatchRequest> held = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        held.add(unread(server.engine(), mayRead));
      }
      for (int i = 0; i < 4; i++) {
        refused(client, ask);
      }
      mayRead.countDown();
      for (BatchRequest request : held) {
        request.await();
      }
      String alone = alone(client, ask);
      together(
          List.of(
              () -> readAll(client, List.of(ask), Map.of(ask, alone)),
              () -> readAll(client, List.of(ask), Map.of(ask, alone)),
              () -> readAll(client, List.of(ask), Map.of(ask, alone))));
      assertEquals(4, server.engine().statistics().refused());
      awaitIdle(server.engine());
    }
  }

  /// A request keeps its room until its reader has read everything.
  private static BatchRequest unread(BatchEngine engine, CountDownLatch mayRead) {
    GenerationOptions options = GenerationOptions.greedy().toBuilder().maxTokens(2).build();
    return engine.submit("Once", options, _ -> awaitQuietly(mayRead));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  private static void refused(Client client, Ask ask) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client
            .http()
            .send(client.request(PATH, ask.json(true)), HttpResponse.BodyHandlers.ofString());
    assertEquals(429, answer.statusCode(), answer.body());
    assertTrue(answer.headers().firstValueAsLong("Retry-After").orElse(0) > 0);
    assertTrue(MAPPER.readTree(answer.body()).has("error"), answer.body());
  }

  @Test
  void slowReadersDoNotHoldUpFastOnes() throws Exception {
    BatchOptions batch = BatchOptions.defaults().withMaxRunning(2).withQueueCapacity(64);
    try (TestServer server = TestServer.start(batch, ServerOptions.defaults());
        Client client = new Client(server);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Ask ask = new Ask("Once upon", 5, 16);
      Map<Ask, String> alone = Map.of(ask, alone(client, ask));
      CountDownLatch slowHaveBegun = new CountDownLatch(SLOW);
      CountDownLatch fastAreDone = new CountDownLatch(1);
      List<Future<Integer>> slow = new ArrayList<>();
      for (int i = 0; i < SLOW; i++) {
        slow.add(threads.submit(() -> textsReadSlowly(server, slowHaveBegun, fastAreDone)));
      }
      slowHaveBegun.await();
      try {
        List<Callable<Void>> fast = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          fast.add(() -> readAll(client, List.of(ask), alone));
        }
        together(fast);
        slow.forEach(each -> assertFalse(each.isDone()));
      } finally {
        fastAreDone.countDown();
      }
      for (Future<Integer> each : slow) {
        assertEquals(2, each.get(), "whole texts");
      }
      awaitIdle(server.engine());
    }
  }

  /// Log-probabilities make the answer larger than what fits into the connection's buffers.
  private static int textsReadSlowly(
      TestServer server, CountDownLatch begun, CountDownLatch fastAreDone)
      throws IOException, InterruptedException {
    String json =
        "{'prompt': 'Slow', 'max_tokens': 400, 'ignore_eos': true, 'stream': true, 'n': 2, 'logprobs': 10}"
            .replace('\'', '"');
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(2048);
      URI at = URI.create(server.url());
      socket.connect(new InetSocketAddress(at.getHost(), at.getPort()));
      String head =
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
              .formatted(PATH, json.length());
      socket.getOutputStream().write((head + json).getBytes(UTF_8));
      InputStream in = socket.getInputStream();
      StringBuilder read = new StringBuilder().append((char) in.read());
      begun.countDown();
      while (!fastAreDone.await(1, TimeUnit.MILLISECONDS)) {
        read.append((char) in.read());
      }
      readRest(in, read);
      assertTrue(read.toString().contains("data: [DONE]\n\n"), "the end is missing");
      return read.toString().split("\"finish_reason\":\"length\"", -1).length - 1;
    }
  }

  private static void readRest(InputStream in, StringBuilder read) throws IOException {
    byte[] some = new byte[8192];
    while (read.indexOf("\r\n0\r\n\r\n", Math.max(0, read.length() - 16)) < 0) {
      int count = in.read(some);
      assertTrue(count > 0, "the stream ended early");
      read.append(new String(some, 0, count, ISO_8859_1));
    }
  }

  private static String alone(Client client, Ask ask) {
    return client.answer(PATH, ask.json(false)).at("/choices/0/text").stringValue();
  }

  /// {@return the text of a stream, or its beginning if the client leaves}
  ///
  /// @param pieces how many are read before the client leaves
  private static String streamed(Client client, Ask ask, int pieces)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> answer =
        client
            .http()
            .send(client.request(PATH, ask.json(true)), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, answer.statusCode());
    StringBuilder text = new StringBuilder();
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(answer.body(), UTF_8))) {
      for (int read = 0; read < pieces; ) {
        String line = lines.readLine();
        if (line == null || line.equals("data: [DONE]")) {
          assertEquals("data: [DONE]", line, "the stream ended early");
          return text.toString();
        }
        if (line.startsWith("data: ")) {
          JsonNode event = MAPPER.readTree(line.substring("data: ".length()));
          assertFalse(event.has("error"), line);
          text.append(event.at("/choices/0/text").stringValue());
          read++;
        }
      }
    }
    return text.toString();
  }

  private static void together(List<Callable<Void>> calls) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Void> call : threads.invokeAll(calls)) {
        call.get();
      }
    } catch (ExecutionException failed) {
      throw new AssertionError("a client was not served well", failed.getCause());
    }
  }

  /// Those that left are noticed a little later.
  private static void awaitIdle(BatchEngine engine) throws InterruptedException {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (System.nanoTime() < deadline
        && engine.statistics().running()
                + engine.statistics().waiting()
                + engine.statistics().kvBlocksUsed()
            > 0) {
      Thread.sleep(5);
    }
    assertEquals(0, engine.statistics().running(), "running");
    assertEquals(0, engine.statistics().waiting(), "waiting");
    assertEquals(0, engine.statistics().kvBlocksUsed(), "blocks of KV memory");
  }
}
