package dev.tern.server.openai;

import dev.tern.chat.ChatTemplate;
import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models`: the model that is served, with what a client should know of it under `tern`.
public final class ModelsEndpoint implements Endpoint {
  private final ServedModel served;

  /// Makes the endpoint.
  ///
  /// @param served the model
  public ModelsEndpoint(ServedModel served) {
    this.served = served;
  }

  @Override
  public void answer(Call call) {
    ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
    list.putArray("data").add(describe(served));
    call.reply(list);
  }

  /// {@return OpenAI's description of a model}
  ///
  /// @param served the model
  static ObjectNode describe(ServedModel served) {
    ObjectNode model =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", served.id())
            .put("object", "model")
            .put("created", served.created().getEpochSecond())
            .put("owned_by", "tern");
    model
        .putObject("tern")
        .put("architecture", served.model().info().architecture())
        .put("encoding", served.model().info().encoding())
        .put("parameters", served.model().info().parameters())
        .put("context_length", served.engine().contextLength())
        .put("chat", served.model().chatTemplate().isPresent())
        .put(
            "tools",
            served.model().chatTemplate().flatMap(ChatTemplate::toolCallSyntax).isPresent());
    return model;
  }
}
