package dev.tern.server.openai;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import dev.tern.tokenizer.Tokenizer;
import tools.jackson.databind.node.JsonNodeFactory;

/// `POST /detokenize`, as llama.cpp's server has it: the text of some tokens.
public final class DetokenizeEndpoint implements Endpoint {
  private final Tokenizer tokenizer;

  /// Makes the endpoint.
  ///
  /// @param served whose tokenizer is used
  public DetokenizeEndpoint(ServedModel served) {
    this.tokenizer = served.model().tokenizer();
  }

  @Override
  public void answer(Call call) {
    Fields fields = new Fields("", call.body());
    int[] tokens = PromptField.tokenArray(fields.require("tokens"), tokenizer);
    fields.end();
    call.reply(JsonNodeFactory.instance.objectNode().put("content", tokenizer.decode(tokens)));
  }
}
