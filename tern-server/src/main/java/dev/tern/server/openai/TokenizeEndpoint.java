package dev.tern.server.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.server.api.Call;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.Arrays;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `POST /tokenize`, as llama.cpp's server has it: the tokens of a text.
public final class TokenizeEndpoint implements Endpoint {
  private final Tokenizer tokenizer;

  /// Makes the endpoint.
  ///
  /// @param served whose tokenizer is used
  public TokenizeEndpoint(ServedModel served) {
    this.tokenizer = served.model().tokenizer();
  }

  @Override
  public void answer(Call call) {
    Fields fields = new Fields("", call.body());
    String content = fields.require("content").text();
    boolean addSpecial = fields.flag("add_special", false);
    boolean parseSpecial = fields.flag("parse_special", true);
    boolean withPieces = fields.flag("with_pieces", false);
    fields.end();
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode tokens = answer.putArray("tokens");
    for (int id : tokenizer.encode(content, new EncodeOptions(addSpecial, parseSpecial))) {
      if (withPieces) {
        putPiece(tokens.addObject().put("id", id), id);
      } else {
        tokens.add(id);
      }
    }
    call.reply(answer);
  }

  /// A piece that is no text by itself is given as bytes.
  private void putPiece(ObjectNode token, int id) {
    byte[] bytes = tokenizer.bytes(id);
    String text = bytes.length == 0 ? tokenizer.piece(id) : new String(bytes, UTF_8);
    if (bytes.length == 0 || Arrays.equals(text.getBytes(UTF_8), bytes)) {
      token.put("piece", text);
      return;
    }
    ArrayNode piece = token.putArray("piece");
    for (byte each : bytes) {
      piece.add(each & 0xFF);
    }
  }
}
