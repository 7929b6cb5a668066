package dev.tern.server;

import dev.tern.server.api.Endpoint;
import dev.tern.server.batch.BatchFileException;
import dev.tern.server.batch.BatchInput;
import dev.tern.server.batch.BatchProgress;
import dev.tern.server.batch.BatchRun;
import dev.tern.server.batch.BatchTarget;
import dev.tern.server.engine.ServedModel;
import dev.tern.server.http.Route;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Answers a file of OpenAI's batch lines with a model, without a server. Immutable and safe for
/// use by many threads.
public final class OfflineBatch {
  private static final Set<String> URLS =
      Set.of("/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings");

  private final Map<String, Endpoint> endpoints;

  /// Makes one.
  ///
  /// @param served the model; it stays open
  public OfflineBatch(ServedModel served) {
    this.endpoints =
        TernServer.routes(served, ServerOptions.defaults()).stream()
            .filter(route -> URLS.contains(route.path()))
            .collect(Collectors.toUnmodifiableMap(Route::path, OfflineBatch::endpoint));
  }

  private static Endpoint endpoint(Route route) {
    return switch (route.answer()) {
      case Route.Operation operation -> operation.endpoint();
      case Route.Page page -> throw new IllegalStateException(page + " is for people");
    };
  }

  /// {@return what lines may ask for}
  public static Set<String> urls() {
    return URLS;
  }

  /// Answers all requests of a file that have no answer yet.
  ///
  /// @param input the requests, checked for [#urls()]
  /// @param target where the answers go when all are there
  /// @param atOnce how many requests are on their way at once, at least 1
  /// @param listener told after each answer, by one thread at a time
  /// @return how it went
  /// @throws IOException if a file cannot be read or written; a later run goes on
  /// @throws BatchFileException if the input has changed, or is being answered elsewhere
  /// @throws InterruptedException if this thread is interrupted; a later run goes on
  public BatchProgress run(
      BatchInput input, BatchTarget target, int atOnce, Consumer<BatchProgress> listener)
      throws IOException, InterruptedException {
    return new BatchRun(input, endpoints, atOnce, listener).run(target);
  }
}
