package dev.tern.server.batch;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Answers a file of requests, several at once. For one run.
public final class BatchRun {
  private static final System.Logger LOGGER = System.getLogger("dev.tern.server");
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final BatchInput input;
  private final Map<String, Endpoint> endpoints;
  private final int atOnce;
  private final Consumer<BatchProgress> listener;
  private final Semaphore places;
  private final Set<FileCall> running = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  /// Guarded by this object's lock.
  private BatchProgress progress = new BatchProgress(0, 0, 0, 0);

  /// Makes a run.
  ///
  /// @param input the requests
  /// @param endpoints by URL, at least those that the input was checked for
  /// @param atOnce how many requests are on their way at once, at least 1
  /// @param listener told after each answer, by one thread at a time
  public BatchRun(
      BatchInput input,
      Map<String, Endpoint> endpoints,
      int atOnce,
      Consumer<BatchProgress> listener) {
    this.input = input;
    this.endpoints = Map.copyOf(endpoints);
    this.atOnce = atOnce;
    this.listener = listener;
    this.places = new Semaphore(atOnce);
  }

  /// Answers all requests that have no answer yet, and gives the file its name.
  ///
  /// An answer is a line `{"id", "custom_id", "response": {"status_code", "request_id", "body"},
  /// "error"}`; lines are in the order in which they were ready. A request that is refused has its
  /// refusal for an answer, one that breaks status 500.
  ///
  /// @param target where the answers go
  /// @return how it went
  /// @throws IOException if a file cannot be read or written; a later run goes on
  /// @throws BatchFileException if the input has changed, or is being answered elsewhere
  /// @throws InterruptedException if this thread is interrupted; a later run goes on
  public BatchProgress run(BatchTarget target) throws IOException, InterruptedException {
    try (BatchOutput output = BatchOutput.open(target.file().toAbsolutePath(), key(target.key()))) {
      int resumed = output.answered().size();
      report(new BatchProgress(input.count(), resumed, resumed, 0));
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        try {
          input.forEach(line -> start(threads, output, line));
          places.acquire(atOnce);
        } finally {
          // Nothing is left to end unless this thread has failed or was interrupted.
          running.forEach(FileCall::cancel);
          threads.shutdownNow();
        }
      }
      rethrowFailure();
      output.finish(target.replace());
      return progress();
    }
  }

  /// Requests of one file go on where they were only with the same model and settings.
  private String key(String model) {
    return Sha256.hex(input.sha256Hex() + "\n" + model).substring(0, 16);
  }

  private void start(ExecutorService threads, BatchOutput output, BatchLine line)
      throws IOException, InterruptedException {
    if (output.answered().contains(line.customId())) {
      return;
    }
    places.acquire();
    rethrowFailure();
    threads.execute(() -> {
      try {
        answer(output, line);
      } catch (InterruptedException | ClientGoneException stopped) {
        // The run ends, and a later one answers this request.
      } catch (IOException | RuntimeException | Error broken) {
        failure.compareAndSet(null, broken);
        running.forEach(FileCall::cancel);
      } finally {
        places.release();
      }
    });
  }

  private void answer(BatchOutput output, BatchLine line) throws IOException, InterruptedException {
    String requestId = "req_" + UUID.randomUUID();
    FileCall call = new FileCall(requestId, line.body());
    running.add(call);
    try {
      if (failure.get() != null) {
        // It may have been too late for others to cancel this one.
        call.cancel();
      }
      Response response = respond(Objects.requireNonNull(endpoints.get(line.url())), call);
      output.add(outputLine(line, requestId, response));
      added(response.status() >= 400);
    } finally {
      running.remove(call);
    }
  }

  private record Response(int status, JsonNode body) {
    static Response of(ApiException refusal) {
      return new Response(refusal.status(), refusal.body());
    }
  }

  /// {@return what is answered, or why it is not}
  ///
  /// @throws RuntimeException if nothing will be answered any more, which is what status 503 stands
  ///   for: the refusal, or what it is due to, where that is known
  private static Response respond(Endpoint endpoint, FileCall call) throws InterruptedException {
    while (!call.isCancelled()) {
      try {
        endpoint.answer(call);
        JsonNode answer =
            call.answer().orElseThrow(() -> new IllegalStateException("a call without an answer"));
        return new Response(200, answer);
      } catch (ApiException refusal) {
        if (refusal.status() == 503) {
          throw refusal.getCause() instanceof RuntimeException cause ? cause : refusal;
        }
        if (refusal.status() != 429) {
          return Response.of(refusal);
        }
        // A file has time: others of its requests have taken more places than they are.
        Thread.sleep(refusal.retryAfter().orElse(PAUSE));
      } catch (ClientGoneException stopped) {
        throw stopped;
      } catch (RuntimeException | StackOverflowError broken) {
        return failed(call, broken);
      }
    }
    throw new ClientGoneException("the run is ending");
  }

  /// A request that breaks does not take the others with it.
  private static Response failed(FileCall call, Throwable broken) {
    LOGGER.log(System.Logger.Level.ERROR, "request " + call.id() + " failed", broken);
    return Response.of(
        ApiException.of(
            500,
            "server_error",
            "internal_error",
            "internal server error (request %s)".formatted(call.id())));
  }

  private static ObjectNode outputLine(BatchLine line, String requestId, Response response) {
    ObjectNode output =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", "batch_req_" + UUID.randomUUID())
            .put("custom_id", line.customId());
    output
        .putObject("response")
        .put("status_code", response.status())
        .put("request_id", requestId)
        .set("body", response.body());
    output.putNull("error");
    return output;
  }

  private void rethrowFailure() throws IOException {
    switch (failure.get()) {
      case null -> {}
      case IOException unwritten -> throw unwritten;
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      case Throwable other -> throw new IllegalStateException(other);
    }
  }

  private synchronized void added(boolean refused) {
    report(
        new BatchProgress(
            progress.total(),
            progress.resumed(),
            progress.answered() + 1,
            progress.refused() + (refused ? 1 : 0)));
  }

  private synchronized void report(BatchProgress now) {
    progress = now;
    listener.accept(now);
  }

  private synchronized BatchProgress progress() {
    return progress;
  }
}
