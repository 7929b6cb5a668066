package dev.tern.jinja;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatPiece;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.chat.Conversation;
import dev.tern.chat.JinjaChatTemplate;
import dev.tern.chat.Role;
import dev.tern.chat.ToolCall;
import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import dev.tern.chat.ToolsException;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Conversations with tools, from messages to prompts.
class ToolTemplatesTest {
  private static final Tokenizer TOKENIZER = tokenizer();

  private static final ToolDefinition CLOCK =
      new ToolDefinition("clock", Optional.of("Tells the time."), Optional.empty());

  /// A token for each byte, and special ones.
  private static Tokenizer tokenizer() {
    List<String> tokens =
        new ArrayList<>(
            List.of("<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "secret"));
    int special = tokens.size();
    int[] types = new int[special + 256];
    Arrays.fill(types, 6);
    Arrays.fill(types, 0, special, 3);
    for (int value = 0; value < 256; value++) {
      tokens.add("<0x%02X>".formatted(value));
    }
    return TokenizerBuilder.sentencePiece(
            "model.gguf", tokens.stream().map(token -> token.getBytes(UTF_8)).toList())
        .types(types)
        .scores(new float[types.length])
        .addSpacePrefix(false)
        .unknownId(0)
        .bosId(1)
        .eosId(2)
        .build();
  }

  private static ChatTemplate template(String source) {
    return new JinjaChatTemplate("m.gguf", source, new Jinja2Renderer(Golden.CLOCK), TOKENIZER);
  }

  private static String text(ChatTemplate template, Conversation conversation) {
    return template.render(conversation, true).stream()
        .map(piece ->
            switch (piece) {
              case ChatPiece.Markup(String markup) -> markup;
              case ChatPiece.Text(String said) -> said;
              default -> throw new AssertionError(piece);
            })
        .collect(Collectors.joining());
  }

  private static Conversation conversation(JsonNode json) {
    List<ChatMessage> messages = new ArrayList<>();
    json.get("messages").forEach(message -> messages.add(message(message)));
    List<ToolDefinition> tools = new ArrayList<>();
    for (JsonNode tool : json.get("tools")) {
      JsonNode function = tool.get("function");
      tools.add(
          new ToolDefinition(
              function.get("name").stringValue(),
              Optional.ofNullable(function.get("description")).map(JsonNode::stringValue),
              Optional.ofNullable(function.get("parameters")).map(JsonNode::toString)));
    }
    return new Conversation(messages, tools);
  }

  private static ChatMessage message(JsonNode json) {
    List<ToolCall> calls = new ArrayList<>();
    if (json.has("tool_calls")) {
      for (JsonNode call : json.get("tool_calls")) {
        JsonNode function = call.get("function");
        calls.add(
            new ToolCall(
                call.get("id").stringValue(),
                function.get("name").stringValue(),
                function.get("arguments").toString()));
      }
    }
    return new ChatMessage(
        Role.valueOf(json.get("role").stringValue().toUpperCase(Locale.ROOT)),
        json.get("content").stringValue(),
        calls,
        Optional.ofNullable(json.get("tool_call_id")).map(JsonNode::stringValue),
        Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void promptsWithToolsAreThoseOfJinja2(int family) throws IOException {
    JsonNode golden = JsonMapper.shared().readTree(Golden.text("tools.json"));
    JsonNode expected = golden.get("families").get(family);
    ChatTemplate template =
        template(Golden.text("tools/" + expected.get("template").stringValue()));
    assertTrue(template.supportsTools());
    int at = 0;
    for (JsonNode each : golden.get("conversations")) {
      JsonNode result = expected.get("results").get(at++);
      Conversation conversation = conversation(each);
      if (result.isNull()) {
        assertThrows(ModelFormatException.class, () -> template.render(conversation, true));
      } else {
        assertEquals(result.stringValue(), text(template, conversation));
      }
    }
    assertEquals(16, at);
  }

  @ParameterizedTest
  @CsvSource({"qwen3, HERMES", "falcon3, HERMES_LIST", "llama3.1, LLAMA3"})
  void theSyntaxOfCallsIsFoundInTheTemplate(String name, ToolCallSyntax syntax) throws IOException {
    assertEquals(
        Optional.of(syntax), template(Golden.text("tools/" + name + ".jinja")).toolCallSyntax());
  }

  @Test
  void aSyntaxThatTernDoesNotKnowIsNone() throws IOException {
    assertEquals(Optional.empty(), template(Golden.text("tools/deepseek.jinja")).toolCallSyntax());
  }

  @Test
  void specialTokensThatToolsNameAreText() throws IOException {
    ChatTemplate template = template(Golden.text("tools/qwen3.jinja"));
    ToolDefinition tool =
        new ToolDefinition(
            "<|im_end|>",
            "<|im_end|>",
            "{\"<|im_end|>\": \"\\u003c|im_end|>\", \"x\": [\"<|im_end|>\", \"secret\"]}");
    ToolCall call =
        new ToolCall("<|im_end|>", "<|im_end|>", "{\"<|im_end|>\": \"<|im_end|>secret\"}");
    Conversation conversation =
        new Conversation(
            List.of(
                ChatMessage.user("<|im_end|>"),
                ChatMessage.assistant("<|im_end|>", List.of(call)),
                new ChatMessage(
                    Role.TOOL,
                    "<|im_end|>",
                    List.of(),
                    Optional.of("<|im_end|>"),
                    Optional.of("<|im_end|>"))),
            List.of(tool));
    int[] ids = ChatEncoder.encode(template, conversation, true, TOKENIZER);
    int end = TOKENIZER.specialId("<|im_end|>").orElseThrow();
    int secret = TOKENIZER.specialId("secret").orElseThrow();
    assertEquals(4, Arrays.stream(ids).filter(id -> id == end).count());
    assertEquals(0, Arrays.stream(ids).filter(id -> id == secret).count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"mistral", "gemma", "qwen3", "llama3.1", "phi3"})
  void aTemplateThatDoesNotWriteToolsRefusesThem(String name) throws IOException {
    ChatTemplate template = template(Golden.text("templates/" + name + ".jinja"));
    assertFalse(template.supportsTools());
    List<ChatMessage> question = List.of(ChatMessage.user("Hi"));
    Conversation asked = new Conversation(question, List.of(CLOCK));
    String why =
        assertThrows(ToolsException.class, () -> template.render(asked, true)).getMessage();
    assertEquals("m.gguf: the model's chat template does not use tools", why);
    assertTrue(text(template, Conversation.of(question)).contains("Hi"));
  }

  @Test
  void callsThatWouldBeLostAreRefused() throws IOException {
    ChatTemplate template = template(Golden.text("templates/gemma.jinja"));
    ChatMessage call = ChatMessage.assistant("", List.of(new ToolCall("1", "clock", "{}")));
    Conversation called = Conversation.of(List.of(ChatMessage.user("Hi"), call));
    assertThrows(ToolsException.class, () -> template.render(called, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[1]", "{\"x\":", "{\"n\": 123456789012345678901234567890}"})
  void argumentsThatAreNoObjectAreRefusedWithTheCall(String arguments) throws IOException {
    ChatTemplate template = template(Golden.text("tools/qwen3.jinja"));
    ChatMessage call =
        ChatMessage.assistant("", List.of(new ToolCall("call7", "clock", arguments)));
    Conversation called = new Conversation(List.of(ChatMessage.user("Hi"), call), List.of(CLOCK));
    String why =
        assertThrows(ToolsException.class, () -> template.render(called, true)).getMessage();
    assertTrue(why.contains("'call7'"), why);
  }

  @Test
  void aFamilyLeavesToolsToTheTemplateOfTheModel() throws IOException {
    ChatTemplate own = template(Golden.text("tools/qwen3.jinja"));
    ChatTemplate template = ChatTemplates.withTools(ChatTemplates.CHATML, own);
    List<ChatMessage> question = List.of(ChatMessage.user("Hi"));
    assertEquals("chatml", template.name());
    assertTrue(template.supportsTools());
    assertEquals(own.toolCallSyntax(), template.toolCallSyntax());
    Conversation asked = new Conversation(question, List.of(CLOCK));
    assertEquals(own.render(asked, true), template.render(asked, true));
    assertEquals(ChatTemplates.CHATML.render(question, true), template.render(question, true));
  }
}
