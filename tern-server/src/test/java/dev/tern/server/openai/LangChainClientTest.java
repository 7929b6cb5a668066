package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The server as LangChain4j's client sees it.
@Timeout(120)
class LangChainClientTest {
  private static final List<String> CITIES = List.of("Oslo", "Rome");
  private static final UserMessage HI = UserMessage.from("Hi");
  private static final JsonMapper STRICT =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
  private static final ToolSpecification WEATHER =
      ToolSpecification.builder()
          .name("weather")
          .description("Tells the weather.")
          .parameters(
              JsonObjectSchema.builder()
                  .addEnumProperty("city", CITIES)
                  .addBooleanProperty("tomorrow")
                  .required("city", "tomorrow")
                  .build())
          .build();

  private static TestServer server;

  @BeforeAll
  static void start() throws IOException {
    server = TestServer.startWithTools();
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static OpenAiChatModel chat(String model, int tokens) {
    return OpenAiChatModel.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey("none")
        .modelName(model)
        .maxTokens(tokens)
        .seed(1)
        .parallelToolCalls(false)
        .strictJsonSchema(true)
        .maxRetries(0)
        .build();
  }

  private static OpenAiStreamingChatModel streaming(String model, int tokens) {
    return OpenAiStreamingChatModel.builder()
        .baseUrl(server.url() + "/v1")
        .apiKey("none")
        .modelName(model)
        .maxTokens(tokens)
        .seed(1)
        .parallelToolCalls(false)
        .build();
  }

  /// What comes of a stream.
  private static final class Pieces implements StreamingChatResponseHandler {
    private final List<String> texts = new CopyOnWriteArrayList<>();
    private final List<CompleteToolCall> calls = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

    static Pieces of(OpenAiStreamingChatModel model, ChatRequest request) {
      Pieces pieces = new Pieces();
      model.chat(request, pieces);
      return pieces;
    }

    ChatResponse whole() throws Exception {
      return whole.get(60, TimeUnit.SECONDS);
    }

    @Override
    public void onPartialResponse(String text) {
      texts.add(text);
    }

    @Override
    public void onCompleteToolCall(CompleteToolCall call) {
      calls.add(call);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      whole.complete(response);
    }

    @Override
    public void onError(Throwable failure) {
      whole.completeExceptionally(failure);
    }
  }

  @Test
  void chatsEmbedsAndTellsOfErrors() {
    String text = chat("tiny", 8).chat("Hi");
    assertEquals(text, chat("tiny", 8).chat("Hi"));
    OpenAiEmbeddingModel embeddings =
        OpenAiEmbeddingModel.builder()
            .baseUrl(server.url() + "/v1")
            .apiKey("none")
            .modelName("tiny")
            .build();
    assertEquals(128, embeddings.embed("Hi").content().dimension());
    String said =
        assertThrows(ModelNotFoundException.class, () -> chat("other", 8).chat("Hi")).getMessage();
    assertTrue(said.contains("the model 'other' is not served here"), said);
  }

  @Test
  void streamsTheWholeAnswerInPieces() throws Exception {
    ChatRequest request = ChatRequest.builder().messages(HI).build();
    ChatResponse whole = chat("tiny", 8).chat(request);
    Pieces pieces = Pieces.of(streaming("tiny", 8), request);
    ChatResponse streamed = pieces.whole();
    assertTrue(pieces.texts.size() > 1, pieces.texts.toString());
    assertEquals(whole.aiMessage().text(), String.join("", pieces.texts));
    assertEquals(whole.aiMessage().text(), streamed.aiMessage().text());
    assertEquals(FinishReason.LENGTH, streamed.finishReason());
    assertEquals(8, streamed.tokenUsage().outputTokenCount());
    assertEquals(whole.tokenUsage().inputTokenCount(), streamed.tokenUsage().inputTokenCount());
    assertEquals("tiny", streamed.modelName());
  }

  @Test
  void streamsTellOfErrors() {
    Pieces pieces = Pieces.of(streaming("other", 8), ChatRequest.builder().messages(HI).build());
    Throwable failure = assertThrows(Exception.class, pieces::whole).getCause();
    assertTrue(failure instanceof ModelNotFoundException, String.valueOf(failure));
    assertEquals(List.of(), pieces.texts);
  }

  @Test
  void answersFitASchema() {
    JsonObjectSchema trip =
        JsonObjectSchema.builder()
            .addEnumProperty("city", CITIES)
            .addIntegerProperty("days")
            .addProperty(
                "guest",
                JsonObjectSchema.builder()
                    .addBooleanProperty("known")
                    .required("known")
                    .additionalProperties(false)
                    .build())
            .required("city", "days", "guest")
            .additionalProperties(false)
            .build();
    ResponseFormat format =
        ResponseFormat.builder()
            .type(ResponseFormatType.JSON)
            .jsonSchema(JsonSchema.builder().name("trip").rootElement(trip).build())
            .build();
    ChatResponse response =
        chat("tiny", 300).chat(ChatRequest.builder().messages(HI).responseFormat(format).build());
    JsonNode answer = STRICT.readTree(response.aiMessage().text());
    assertEquals(List.of("city", "days", "guest"), List.copyOf(answer.propertyNames()));
    assertTrue(CITIES.contains(answer.get("city").stringValue()), answer.toString());
    assertTrue(answer.get("days").isIntegralNumber(), answer.toString());
    assertTrue(answer.at("/guest/known").isBoolean(), answer.toString());
    assertEquals(1, answer.get("guest").size());
    assertEquals(FinishReason.STOP, response.finishReason());
  }

  @Test
  void toolsAreCalledAndTheirResultsAnswered() {
    OpenAiChatModel model = chat("tiny", 300);
    ChatResponse response = model.chat(demandingACall());
    assertEquals(FinishReason.TOOL_EXECUTION, response.finishReason());
    assertNull(response.aiMessage().text());
    assertEquals(1, response.aiMessage().toolExecutionRequests().size());
    ToolExecutionRequest call = response.aiMessage().toolExecutionRequests().getFirst();
    assertFits(call);

    ChatResponse answer =
        model.chat(
            ChatRequest.builder()
                .messages(HI, response.aiMessage(), ToolExecutionResultMessage.from(call, "Rain"))
                .toolSpecifications(WEATHER)
                .maxOutputTokens(8)
                .build());
    assertEquals(FinishReason.LENGTH, answer.finishReason());
    assertEquals(List.of(), answer.aiMessage().toolExecutionRequests());
    assertTrue(!answer.aiMessage().text().isEmpty());
    assertTrue(
        answer.tokenUsage().inputTokenCount() > response.tokenUsage().totalTokenCount(),
        "the model reads the call and its result");
  }

  @Test
  void streamsCallTools() throws Exception {
    Pieces pieces = Pieces.of(streaming("tiny", 300), demandingACall());
    ChatResponse streamed = pieces.whole();
    assertEquals(FinishReason.TOOL_EXECUTION, streamed.finishReason());
    assertEquals(1, pieces.calls.size());
    ToolExecutionRequest call = pieces.calls.getFirst().toolExecutionRequest();
    assertFits(call);
    assertEquals(List.of(call), streamed.aiMessage().toolExecutionRequests());
    ToolExecutionRequest whole =
        chat("tiny", 300).chat(demandingACall()).aiMessage().toolExecutionRequests().getFirst();
    assertEquals(whole.arguments(), call.arguments());
  }

  private static ChatRequest demandingACall() {
    return ChatRequest.builder()
        .messages(HI)
        .toolSpecifications(WEATHER)
        .toolChoice(ToolChoice.REQUIRED)
        .build();
  }

  private static void assertFits(ToolExecutionRequest call) {
    assertEquals("weather", call.name());
    assertTrue(call.id().startsWith("call_"), call.id());
    JsonNode arguments = STRICT.readTree(call.arguments());
    assertTrue(CITIES.contains(arguments.get("city").stringValue()), call.arguments());
    assertTrue(arguments.get("tomorrow").isBoolean(), call.arguments());
  }
}
