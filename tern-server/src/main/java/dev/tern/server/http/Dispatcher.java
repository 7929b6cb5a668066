package dev.tern.server.http;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.CallObserver;
import dev.tern.server.api.CallReport;
import dev.tern.server.api.ClientGoneException;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/// Takes a call from the first check to the report of what became of it. Safe for use by many
/// threads.
final class Dispatcher {
  private static final System.Logger LOGGER = System.getLogger("dev.tern.server");
  private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
  private static final Pattern SANE_ID = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final Set<String> METHODS =
      Set.of("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH");
  private static final Duration MOST_SKIPPING = Duration.ofSeconds(1);

  private final Gate gate;
  private final JsonBodies bodies;
  private final Duration timeout;
  private final Deadlines deadlines;
  private final ActiveCalls active;
  private final List<CallObserver> observers;

  Dispatcher(
      Gate gate,
      JsonBodies bodies,
      Duration timeout,
      Deadlines deadlines,
      ActiveCalls active,
      List<CallObserver> observers) {
    this.gate = gate;
    this.bodies = bodies;
    this.timeout = timeout;
    this.deadlines = deadlines;
    this.active = active;
    this.observers = List.copyOf(observers);
  }

  /// Answers a call that has passed all checks.
  interface Action {
    void answer(HttpCall call) throws InterruptedException;
  }

  /// {@return what does everything for a route}
  ///
  /// @param route its pattern, for reports
  /// @param keyed whether it needs a key
  /// @param action answers
  Handler handler(String route, boolean keyed, Action action) {
    return (request, response) -> handle(route, keyed, action, request, response);
  }

  /// {@return an action whose time is limited, which a server that is stopping waits for, and which
  /// it takes no more of}
  ///
  /// @param action answers
  Action limited(Action action) {
    return call -> runWithDeadline(action, call);
  }

  private void handle(
      String route, boolean keyed, Action action, ServerRequest request, ServerResponse response) {
    Instant begun = Instant.now();
    long start = System.nanoTime();
    String id =
        request.headers().first(REQUEST_ID).filter(Dispatcher::isSane).orElseGet(Dispatcher::newId);
    response.header(REQUEST_ID, id);
    HttpCall call = new HttpCall(id, bodies, request, response);
    ConnectionInput input = WatchedConnections.input();
    boolean last;
    input.begin(call::leave);
    try {
      answer(keyed, action, call, request, response);
      last = call.hasUnreadBody() || asksToClose(request);
      if (call.hasUnreadBody()) {
        input.skip(MOST_SKIPPING);
      }
    } finally {
      input.finish();
      report(
          new CallReport(
              id,
              begun,
              method(request),
              route,
              call.status(),
              Duration.ofNanos(System.nanoTime() - start),
              response.bytesWritten(),
              call.usage(),
              request.remotePeer().host(),
              call.readBody()));
    }
    if (last) {
      // A header in the answer does not make Helidon do it.
      throw new CloseConnectionException("the last request of its connection");
    }
  }

  private static boolean asksToClose(ServerRequest request) {
    return request
        .headers()
        .first(HeaderNames.CONNECTION)
        .filter("close"::equalsIgnoreCase)
        .isPresent();
  }

  private void answer(
      boolean keyed, Action action, HttpCall call, ServerRequest request, ServerResponse response) {
    try {
      try {
        Gate.checkFraming(request.headers());
        gate.checkHost(request.headers());
        if (gate.allowOrigin(request, response)) {
          call.answered(204);
          return;
        }
        if (keyed) {
          gate.checkKey(request.headers());
        }
        action.answer(call);
      } catch (ApiException refusal) {
        call.refuse(refusal);
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        call.refuse(ApiException.stopping());
      }
      call.end();
    } catch (ClientGoneException gone) {
      LOGGER.log(System.Logger.Level.DEBUG, "{0}: {1}", call.id(), gone.getMessage());
      call.lost();
      call.leave();
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError failure) {
      fail(call, failure);
    }
  }

  private void runWithDeadline(Action action, HttpCall call) throws InterruptedException {
    try (var _ = active.begin(call);
        var _ = deadlines.within(timeout, () -> call.expire(tooLate()))) {
      action.answer(call);
    } catch (ClientGoneException gone) {
      throw call.expired().<RuntimeException>map(refusal -> refusal).orElse(gone);
    }
    if (!call.isAnswered()) {
      throw call.expired()
          .<RuntimeException>map(refusal -> refusal)
          .orElseGet(() -> new ClientGoneException("the client has gone"));
    }
  }

  private ApiException tooLate() {
    return ApiException.of(
        504,
        "timeout_error",
        "timeout",
        "the request took longer than the %d s that are allowed".formatted(timeout.toSeconds()));
  }

  /// What went wrong is for the log alone.
  private static void fail(HttpCall call, Throwable failure) {
    LOGGER.log(System.Logger.Level.ERROR, "request " + call.id() + " failed", failure);
    try {
      call.refuse(
          ApiException.of(
              500,
              "server_error",
              "internal_error",
              "internal server error (request %s)".formatted(call.id())));
      call.end();
    } catch (RuntimeException unsent) {
      call.lost();
    }
  }

  private void report(CallReport report) {
    for (CallObserver observer : observers) {
      try {
        observer.ended(report);
      } catch (RuntimeException failure) {
        LOGGER.log(System.Logger.Level.WARNING, "a call could not be reported", failure);
      }
    }
  }

  private static String method(ServerRequest request) {
    String method = request.prologue().method().text();
    return METHODS.contains(method) ? method : "OTHER";
  }

  private static boolean isSane(String id) {
    return SANE_ID.matcher(id).matches();
  }

  private static String newId() {
    return "req_" + UUID.randomUUID();
  }
}
