package dev.tern.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Keeps a running server busy with streaming clients, and counts what they get. A program of one
/// file without dependencies: `java ServerLoad.java http://127.0.0.1:8080 64 300 128`.
///
/// A few requests are asked alone first, one after the other; then every client asks one of them
/// after the other, and each text must be the one that came alone. A client that is told to come
/// later does so; one that finds the server gone or shutting down goes home.
public final class ServerLoad {
  private static final int DISTINCT = 32;
  private static final Pattern TEXT = Pattern.compile("\"text\":\"((?:[^\"\\\\]|\\\\.)*+)\"");
  private static final Pattern COUNT = Pattern.compile("\"completion_tokens\":(\\d+)");
  private static final List<String> PROMPTS =
      List.of("Once upon a time", "Lily and Tom went to", "The little dog", "One day, a big bear");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI endpoint;
  private final int mostTokens;
  private final ConcurrentMap<Integer, String> alone = new ConcurrentHashMap<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger later = new AtomicInteger();
  private final AtomicInteger wentHome = new AtomicInteger();
  private final AtomicInteger errors = new AtomicInteger();
  private final AtomicInteger mixed = new AtomicInteger();
  private final AtomicLong tokens = new AtomicLong();
  private final ConcurrentLinkedQueue<Long> firstTokens = new ConcurrentLinkedQueue<>();

  private ServerLoad(URI server, int mostTokens) {
    this.endpoint = server.resolve("/v1/completions");
    this.mostTokens = mostTokens;
  }

  /// What a client found.
  private sealed interface Outcome {
    /// A whole answer.
    ///
    /// @param text as it is spelled in JSON
    /// @param tokens how many
    /// @param firstToken nanoseconds until the text began
    record Answered(String text, int tokens, long firstToken) implements Outcome {}

    /// No room now.
    record Later() implements Outcome {}

    /// The server takes no more.
    record Closed() implements Outcome {}

    /// Anything else.
    record Wrong(String what) implements Outcome {}
  }

  /// Runs it.
  ///
  /// @param args the server's URL, and if wanted the number of clients, seconds and tokens of a
  ///   text
  /// @throws InterruptedException if it is stopped
  public static void main(String[] args) throws InterruptedException {
    if (args.length < 1 || args.length > 4) {
      System.err.println("usage: ServerLoad URL [CLIENTS [SECONDS [TOKENS]]]");
      System.exit(2);
    }
    int[] numbers = {64, 60, 128};
    for (int i = 1; i < args.length; i++) {
      numbers[i - 1] = Integer.parseInt(args[i]);
    }
    ServerLoad load = new ServerLoad(URI.create(args[0]), numbers[2]);
    load.askAlone();
    System.exit(load.run(numbers[0], numbers[1]) ? 0 : 1);
  }

  private void askAlone() throws InterruptedException {
    for (int seed = 0; seed < DISTINCT; seed++) {
      switch (ask(seed)) {
        case Outcome.Answered(String text, _, _) -> alone.put(seed, text);
        case Outcome other -> {
          System.err.println("the server does not answer a client that is alone: " + other);
          System.exit(1);
        }
      }
    }
    long different = alone.values().stream().distinct().count();
    System.out.printf("%d requests alone: %d different texts%n", DISTINCT, different);
  }

  private boolean run(int clients, int seconds) throws InterruptedException {
    long begin = System.nanoTime();
    long end = begin + seconds * 1_000_000_000L;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int client = i;
      threads.add(Thread.startVirtualThread(() -> keepAsking(client, end)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    report((System.nanoTime() - begin) / 1e9);
    return errors.get() == 0 && mixed.get() == 0;
  }

  private void keepAsking(int client, long end) {
    try {
      for (int turn = client; System.nanoTime() - end < 0; turn++) {
        if (!note(turn % DISTINCT, ask(turn % DISTINCT))) {
          return;
        }
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /// {@return whether the client goes on}
  private boolean note(int seed, Outcome outcome) throws InterruptedException {
    switch (outcome) {
      case Outcome.Answered(String text, int count, long firstToken) -> {
        answered.incrementAndGet();
        tokens.addAndGet(count);
        firstTokens.add(firstToken);
        if (!text.equals(alone.get(seed))) {
          mixed.incrementAndGet();
          System.out.printf("seed %d: %s%n  alone: %s%n", seed, text, alone.get(seed));
        }
      }
      case Outcome.Later() -> {
        later.incrementAndGet();
        Thread.sleep(1000);
      }
      case Outcome.Closed() -> {
        wentHome.incrementAndGet();
        return false;
      }
      case Outcome.Wrong(String what) -> {
        errors.incrementAndGet();
        System.out.println("error: " + what);
        Thread.sleep(100);
      }
    }
    return true;
  }

  private Outcome ask(int seed) throws InterruptedException {
    String body =
        """
        {"prompt": "%s", "seed": %d, "temperature": 1, "max_tokens": %d, "ignore_eos": true,
         "stream": true, "stream_options": {"include_usage": true}}\
        """
            .formatted(PROMPTS.get(seed % PROMPTS.size()), seed, mostTokens);
    HttpRequest request =
        HttpRequest.newBuilder(endpoint)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    long begin = System.nanoTime();
    HttpResponse<Stream<String>> response;
    try {
      response = http.send(request, HttpResponse.BodyHandlers.ofLines());
    } catch (ConnectException notTaken) {
      return new Outcome.Closed();
    } catch (IOException broken) {
      return new Outcome.Wrong("no answer came: " + broken);
    }
    try (Stream<String> lines = response.body()) {
      return switch (response.statusCode()) {
        case 200 -> read(lines.iterator(), begin);
        case 429 -> new Outcome.Later();
        case 503 -> new Outcome.Closed();
        default -> new Outcome.Wrong("status " + response.statusCode());
      };
    } catch (RuntimeException broken) {
      return new Outcome.Wrong("the stream broke off: " + broken.getMessage());
    }
  }

  private static Outcome read(Iterator<String> lines, long begin) {
    StringBuilder text = new StringBuilder();
    long firstToken = -1;
    int count = 0;
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.equals("data: [DONE]")) {
        // The connection can be used again only when the answer has been read to its end.
        lines.forEachRemaining(_ -> {});
        return new Outcome.Answered(text.toString(), count, firstToken);
      }
      if (line.startsWith("data: {\"error\"")) {
        return new Outcome.Wrong(line);
      }
      Matcher piece = TEXT.matcher(line);
      if (piece.find()) {
        firstToken = firstToken < 0 ? System.nanoTime() - begin : firstToken;
        text.append(piece.group(1));
      }
      Matcher usage = COUNT.matcher(line);
      if (usage.find()) {
        count = Integer.parseInt(usage.group(1));
      }
    }
    return new Outcome.Wrong("the stream ended without [DONE]");
  }

  private void report(double seconds) {
    long[] sorted = firstTokens.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        "%.1f s: %d answers, %.1f tokens/s, %d errors, %d mixed texts, told to come later %d times,"
            + " %d clients found the server closed%n",
        seconds,
        answered.get(),
        tokens.get() / seconds,
        errors.get(),
        mixed.get(),
        later.get(),
        wentHome.get());
    if (sorted.length > 0) {
      System.out.printf(
          "time to first token: median %.0f ms, p99 %.0f ms, most %.0f ms%n",
          sorted[sorted.length / 2] / 1e6,
          sorted[(int) (sorted.length * 0.99)] / 1e6,
          sorted[sorted.length - 1] / 1e6);
    }
  }
}
