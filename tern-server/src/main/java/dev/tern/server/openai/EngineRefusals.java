package dev.tern.server.openai;

import dev.tern.ClosedException;
import dev.tern.ContextLengthException;
import dev.tern.KvMemoryException;
import dev.tern.ModelFormatException;
import dev.tern.QueueFullException;
import dev.tern.grammar.GrammarException;
import dev.tern.server.api.ApiException;
import java.time.Duration;
import java.util.Objects;

/// What the engine refuses, in the protocol's terms.
final class EngineRefusals {
  private static final Duration UNTIL_THERE_IS_ROOM = Duration.ofSeconds(1);

  private EngineRefusals() {}

  /// {@return what a call is refused with; the exception itself where that is not expected, which
  /// is for the log}
  ///
  /// @param thrown by the engine, when a request was handed in or later
  /// @param origins what the request's fields are called
  static RuntimeException translate(Throwable thrown, Generations.Origins origins) {
    return switch (thrown) {
      case QueueFullException full -> busy(full.capacity());
      case ContextLengthException tooLong ->
          ApiException.invalid(
              origins.prompt(),
              "context_length_exceeded",
              "the prompt has %d tokens, but the context has room for %d; shorten it"
                  .formatted(tooLong.requested(), tooLong.available()));
      case GrammarException wrong ->
          ApiException.invalid(origins.grammar(), "invalid_grammar", message(wrong));
      case ModelFormatException damaged -> {
        log(damaged);
        yield ApiException.of(
            500,
            "server_error",
            "model_error",
            "the model computes what no sound model does; its file is damaged");
      }
      case KvMemoryException noRoom -> {
        log(noRoom);
        ApiException refusal =
            ApiException.of(
                503,
                "server_error",
                "out_of_memory",
                "the system has no memory for the keys and values of the request; try again later, or ask for less");
        refusal.initCause(noRoom);
        yield refusal;
      }
      case ClosedException _ -> ApiException.stopping();
      case RuntimeException unexpected -> unexpected;
      case Error error -> throw error;
      default -> new IllegalStateException("the engine failed", thrown);
    };
  }

  private static void log(RuntimeException why) {
    System.getLogger("dev.tern.server")
        .log(System.Logger.Level.ERROR, "the model cannot answer", why);
  }

  /// {@return that there is no room for another request now}
  ///
  /// @param capacity how many there is room for
  static ApiException busy(int capacity) {
    return ApiException.busy(
        "%d requests are running or waiting, which is all that there is room for; try again later"
            .formatted(capacity),
        UNTIL_THERE_IS_ROOM);
  }

  /// {@return what an exception says}
  ///
  /// @param thrown any
  static String message(Exception thrown) {
    return Objects.requireNonNullElse(thrown.getMessage(), "it cannot be used");
  }
}
