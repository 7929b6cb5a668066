package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;

/// `GET /v1/models/{id}`: the model that is served, if it is the one that is asked about.
public final class ModelEndpoint implements Endpoint {
  private final ServedModel served;

  /// Makes the endpoint.
  ///
  /// @param served the model
  public ModelEndpoint(ServedModel served) {
    this.served = served;
  }

  @Override
  public void answer(Call call) {
    String id = call.pathParameter("id");
    if (!id.equals(served.id())) {
      throw CommonFields.noSuchModel(id, served);
    }
    call.reply(ModelsEndpoint.describe(served));
  }
}
