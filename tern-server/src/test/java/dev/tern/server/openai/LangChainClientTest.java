package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.tern.server.TestServer;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The server as LangChain4j's client sees it.
@Timeout(120)
class LangChainClientTest {
  private static OpenAiChatModel chat(TestServer server, String model) {
    return OpenAiChatModel.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey("none")
        .modelName(model)
        .maxTokens(8)
        .seed(1)
        .maxRetries(0)
        .build();
  }

  @Test
  void chatsEmbedsAndTellsOfErrors() throws IOException {
    try (TestServer server = TestServer.start()) {
      String text = chat(server, "tiny").chat("Hi");
      assertEquals(text, chat(server, "tiny").chat("Hi"));
      OpenAiEmbeddingModel embeddings =
          OpenAiEmbeddingModel.builder()
              .baseUrl(server.url() + "/v1")
              .apiKey("none")
              .modelName("tiny")
              .build();
      assertEquals(128, embeddings.embed("Hi").content().dimension());
      String said =
          assertThrows(ModelNotFoundException.class, () -> chat(server, "other").chat("Hi"))
              .getMessage();
      assertTrue(said.contains("the model 'other' is not served here"), said);
    }
  }
}
