package dev.tern.server.openai;

import dev.tern.ClosedException;
import dev.tern.Embedding;
import dev.tern.EmbeddingOptions;
import dev.tern.TernException;
import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.api.Endpoint;
import dev.tern.server.engine.ServedModel;
import dev.tern.tokenizer.EncodeOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `POST /v1/embeddings`: makes vectors of texts.
public final class EmbeddingsEndpoint implements Endpoint {
  private static final int MOST_TEXTS = 2048;

  /// Between so many texts it is noticed that nobody waits any more, and others have their turn.
  private static final int TEXTS_AT_ONCE = 16;

  /// Texts come from people who may be strangers: what looks like a special token is text.
  private static final EncodeOptions WHOLE_TEXT = new EncodeOptions(true, false);

  private final ServedModel served;

  /// One call computes at a time, so that others wait without memory for it.
  private final Semaphore turn = new Semaphore(1, true);

  /// As many calls as requests may compute or wait.
  private final Semaphore places;

  private final int capacity;

  /// Makes the endpoint.
  ///
  /// @param served whose vectors are made
  public EmbeddingsEndpoint(ServedModel served) {
    this.served = served;
    this.capacity = served.engine().capacity();
    this.places = new Semaphore(capacity);
  }

  @Override
  public void answer(Call call) throws InterruptedException {
    Fields fields = new Fields("", call.body());
    CommonFields.requireModel(fields, served);
    fields.find("user").ifPresent(Field::text);
    boolean base64 =
        fields
            .find("encoding_format")
            .map(field -> field.oneOf("float", "base64").equals("base64"))
            .orElse(false);
    int most = served.model().embeddingSize();
    EmbeddingOptions options =
        EmbeddingOptions.defaults()
            .withDimensions(
                fields.find("dimensions").map(field -> field.integer(1, most)).orElse(0));
    Field input = fields.require("input");
    List<int[]> texts =
        PromptField.read(input, MOST_TEXTS, served.model().tokenizer(), WHOLE_TEXT).stream()
            .map(PromptField.Given::tokenArray)
            .toList();
    fields.end();
    requireRoom(texts);
    if (!places.tryAcquire()) {
      throw EngineRefusals.busy(capacity);
    }
    List<Embedding> embeddings;
    try {
      embeddings = embed(call, texts, options);
    } finally {
      places.release();
    }
    call.used(embeddings.stream().mapToInt(Embedding::tokens).sum(), 0);
    call.reply(write(embeddings, base64));
  }

  private List<Embedding> embed(Call call, List<int[]> texts, EmbeddingOptions options)
      throws InterruptedException {
    AtomicBoolean gone = new AtomicBoolean();
    call.onGone(() -> gone.set(true));
    List<Embedding> embeddings = new ArrayList<>();
    for (int from = 0; from < texts.size(); from += TEXTS_AT_ONCE) {
      List<int[]> some = texts.subList(from, Math.min(from + TEXTS_AT_ONCE, texts.size()));
      turn.acquire();
      try {
        if (gone.get()) {
          throw new ClientGoneException("nobody waits for the vectors any more");
        }
        embeddings.addAll(served.model().embedTokens(some, options));
      } catch (ClosedException | TernException refusal) {
        throw EngineRefusals.translate(refusal, new Generations.Origins("input", "input"));
      } finally {
        turn.release();
      }
    }
    return embeddings;
  }

  /// All are looked at before anything is computed.
  private void requireRoom(List<int[]> texts) {
    int room = served.engine().contextLength();
    for (int i = 0; i < texts.size(); i++) {
      if (texts.get(i).length > room) {
        throw ApiException.invalid(
            "input",
            "context_length_exceeded",
            "text %d of the input has %d tokens, but the context has room for %d; shorten it"
                .formatted(i + 1, texts.get(i).length, room));
      }
    }
  }

  private ObjectNode write(List<Embedding> embeddings, boolean base64) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("object", "list");
    ArrayNode data = answer.putArray("data");
    int tokens = 0;
    for (Embedding embedding : embeddings) {
      ObjectNode written =
          data.addObject().put("object", "embedding").put("index", data.size() - 1);
      write(written, embedding.vector(), base64);
      tokens += embedding.tokens();
    }
    answer.put("model", served.id());
    answer.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
    return answer;
  }

  private static void write(ObjectNode into, float[] vector, boolean base64) {
    if (base64) {
      ByteBuffer bytes =
          ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(vector);
      into.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
      return;
    }
    ArrayNode numbers = into.putArray("embedding");
    for (float number : vector) {
      numbers.add(number);
    }
  }
}
