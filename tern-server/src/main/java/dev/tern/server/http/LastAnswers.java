package dev.tern.server.http;

import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;

/// Once no more calls are taken, says in each answer that it is the last of its connection, and
/// closes that behind it: the client's next request then goes elsewhere, and none is sent into a
/// connection that is being closed. A stream whose head has been sent cannot say so any more; its
/// connection stays open, and the next request gets the answer that does.
final class LastAnswers implements Filter {
  private final ActiveCalls active;

  LastAnswers(ActiveCalls active) {
    this.active = active;
  }

  @Override
  public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
    response.beforeSend(() -> {
      if (!active.isOpen()) {
        response.headers().set(HeaderValues.CONNECTION_CLOSE);
      }
    });
    chain.proceed();
    if (response.headers().contains(HeaderValues.CONNECTION_CLOSE)) {
      // The header alone does not make Helidon do it.
      throw new CloseConnectionException("the last answer of its connection");
    }
  }
}
