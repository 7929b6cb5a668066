package dev.tern.server;

import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import java.util.function.BooleanSupplier;
import tools.jackson.databind.node.JsonNodeFactory;

/// Says `{"status": "ok"}`, or 503.
///
/// @param healthy whether all is well
record HealthEndpoint(BooleanSupplier healthy) implements Endpoint {
  @Override
  public void answer(Call call) {
    if (!healthy.getAsBoolean()) {
      throw ApiException.of(
          503, "unavailable_error", "shutting_down", "the server takes no more requests");
    }
    call.reply(JsonNodeFactory.instance.objectNode().put("status", "ok"));
  }
}
