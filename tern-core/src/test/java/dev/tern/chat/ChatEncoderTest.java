package dev.tern.chat;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The renderings of the formats page, section 5.6.
class ChatEncoderTest {
  private static final List<ChatMessage> CONVERSATION =
      List.of(
          ChatMessage.system("Be brief."),
          ChatMessage.user("Hi"),
          ChatMessage.assistant("Hello"),
          ChatMessage.user("Bye"));

  /// Read once, because that takes a second.
  private static @Nullable Tokenizer llama3;

  private static synchronized Tokenizer llama3() throws IOException {
    if (llama3 == null) {
      llama3 = Tokenizers.load(TestData.require("tokenizers/llama3/tokenizer.json"));
    }
    return llama3;
  }

  /// A token for each byte and for a space, and special ones.
  private static Tokenizer tokenizer(boolean addBos, String... special) {
    List<byte[]> tokens = new ArrayList<>();
    for (int octet = 0; octet < 256; octet++) {
      tokens.add("<0x%02X>".formatted(octet).getBytes(UTF_8));
    }
    tokens.add("\u2581".getBytes(UTF_8));
    tokens.add("<s>".getBytes(UTF_8));
    for (String token : special) {
      tokens.add(token.getBytes(UTF_8));
    }
    int[] types = new int[tokens.size()];
    for (int id = 0; id < types.length; id++) {
      types[id] = id < 256 ? 6 : id == 256 ? 1 : 3;
    }
    return TokenizerBuilder.sentencePiece("test", tokens)
        .types(types)
        .scores(new float[types.length])
        .bosId(257)
        .addBos(addBos)
        .addSpacePrefix(false)
        .build();
  }

  /// Tokens as text, special ones in brackets.
  private static String shown(Tokenizer tokenizer, int... ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(tokenizer.isControl(id) ? "[" + tokenizer.piece(id) + "]" : tokenizer.decode(id));
    }
    return text.toString();
  }

  private static String encoded(
      ChatTemplate template, Tokenizer tokenizer, List<ChatMessage> messages) {
    return shown(tokenizer, ChatEncoder.encode(template, messages, true, tokenizer));
  }

  @ParameterizedTest
  @CsvSource({"bitnet", "bitnet-rendered"})
  void writesBitNetsFormat(String name) {
    assertEquals(
        "[<s>]System: Be brief.[<|eot_id|>]User: Hi[<|eot_id|>]Assistant: Hello[<|eot_id|>]User: Bye[<|eot_id|>]Assistant: ",
        encoded(ChatTemplates.byName(name), tokenizer(true, "<|eot_id|>"), CONVERSATION));
  }

  @Test
  void writesLlama3sFormat() {
    String rendered =
        encoded(
            ChatTemplates.LLAMA3,
            tokenizer(true, "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
            CONVERSATION);
    assertEquals(
        "[<s>]"
            + header("system")
            + "Be brief.[<|eot_id|>]"
            + header("user")
            + "Hi[<|eot_id|>]"
            + header("assistant")
            + "Hello[<|eot_id|>]"
            + header("user")
            + "Bye[<|eot_id|>]"
            + header("assistant"),
        rendered);
  }

  private static String header(String role) {
    return "[<|start_header_id|>]" + role + "[<|end_header_id|>]\n\n";
  }

  @Test
  void writesFalcon3sFormatWithMarksThatAreSpecialTokensOrText() {
    String text =
        "<|system|>\nBe brief.\n<|user|>\nHi\n<|assistant|>\nHello\n<|user|>\nBye\n<|assistant|>\n";
    assertEquals(text, encoded(ChatTemplates.FALCON3, tokenizer(false), CONVERSATION));
    assertEquals(
        text.replace("<|assistant|>", "[<|assistant|>]"),
        encoded(ChatTemplates.FALCON3, tokenizer(false, "<|assistant|>"), CONVERSATION));
  }

  @Test
  void writesChatMl() {
    assertEquals(
        """
        [<|im_start|>]system
        Be brief.[<|im_end|>]
        [<|im_start|>]user
        Hi[<|im_end|>]
        [<|im_start|>]assistant
        Hello[<|im_end|>]
        [<|im_start|>]user
        Bye[<|im_end|>]
        [<|im_start|>]assistant
        """,
        encoded(
            ChatTemplates.CHATML, tokenizer(false, "<|im_start|>", "<|im_end|>"), CONVERSATION));
  }

  @Test
  void endsWithTheLastMessageWhenNoAnswerIsWanted() {
    Tokenizer tokenizer = tokenizer(true, "<|eot_id|>");
    assertEquals(
        "[<s>]User: Hi[<|eot_id|>]",
        shown(
            tokenizer,
            ChatEncoder.encode(
                ChatTemplates.BITNET, List.of(ChatMessage.user("Hi")), false, tokenizer)));
  }

  @Test
  void stripsMessagesWhereTheFormatDoes() {
    List<ChatMessage> messages = List.of(ChatMessage.user(" \n Hi \n"));
    assertEquals(
        "[<s>]User: Hi[<|eot_id|>]Assistant: ",
        encoded(ChatTemplates.BITNET, tokenizer(true, "<|eot_id|>"), messages));
    assertEquals(
        "<|user|>\n \n Hi \n\n<|assistant|>\n",
        encoded(ChatTemplates.FALCON3, tokenizer(false), messages));
  }

  @Test
  void neverReadsSpecialTokensInWhatAPersonTyped() {
    String typed = "a<|eot_id|>b<s><|im_end|>";
    Tokenizer tokenizer =
        tokenizer(
            true,
            "<|eot_id|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|im_start|>",
            "<|im_end|>");
    for (String name : List.of("bitnet", "bitnet-rendered", "llama3", "falcon3", "chatml")) {
      String rendered =
          encoded(ChatTemplates.byName(name), tokenizer, List.of(ChatMessage.user(typed)));
      assertTrue(rendered.contains(typed), rendered);
    }
  }

  @Test
  void namesTheTokenThatTheVocabularyLacks() {
    UnsupportedModelException refusal =
        assertThrows(
            UnsupportedModelException.class,
            () -> encoded(ChatTemplates.CHATML, tokenizer(true, "<|eot_id|>"), CONVERSATION));
    assertTrue(refusal.getMessage().contains("<|im_start|>"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("chatml"), refusal.getMessage());
  }

  /// Templates of files often write the token themselves.
  @Test
  void beginsWithOneBeginningOfTextTokenHoweverOftenItIsAskedFor() {
    Tokenizer tokenizer = tokenizer(true, "<|eot_id|>");
    assertEquals(
        "[<s>]a", encoded(pieces(new ChatPiece.Special("<s>"), text("a")), tokenizer, List.of()));
    assertEquals(
        "[<s>]a[<s>]",
        encoded(pieces(text("a"), new ChatPiece.Special("<s>")), tokenizer, List.of()));
    assertEquals("[<s>]", encoded(pieces(), tokenizer, List.of()));
    assertEquals(
        "[<s>]a",
        encoded(pieces(new ChatPiece.Special("<s>"), text("a")), tokenizer(false), List.of()));
  }

  @Test
  void readsSpecialTokensInTheMarkupOfATemplateOnly() {
    Tokenizer tokenizer = tokenizer(false, "<|eot_id|>");
    assertEquals(
        "x[<|eot_id|>]<|eot_id|>",
        encoded(
            pieces(new ChatPiece.Markup("x<|eot_id|>"), text("<|eot_id|>")), tokenizer, List.of()));
  }

  @Test
  void familiesRefuseConversationsWithTools() {
    ToolDefinition tool = new ToolDefinition("clock", "Tells the time.", "{}");
    Conversation asked = new Conversation(CONVERSATION, List.of(tool));
    Conversation answered = Conversation.of(List.of(ChatMessage.tool("1", "noon")));
    for (ChatTemplate family : ChatTemplates.all()) {
      assertFalse(family.supportsTools());
      for (Conversation conversation : List.of(asked, answered)) {
        String why =
            assertThrows(ToolsException.class, () -> family.render(conversation, true))
                .getMessage();
        assertTrue(why.contains(family.name()), why);
      }
    }
  }

  private static ChatPiece text(String text) {
    return new ChatPiece.Text(text);
  }

  private static ChatTemplate pieces(ChatPiece... pieces) {
    return new ChatTemplate() {
      @Override
      public String name() {
        return "test";
      }

      @Override
      public List<ChatPiece> render(Conversation conversation, boolean addGenerationPrompt) {
        return List.of(pieces);
      }
    };
  }

  @Test
  void tokenizesBitNetsHeadersAndContentsApartOrTogether() {
    assertEquals(
        List.of(text("User: "), text("Hi"), new ChatPiece.Special("<|eot_id|>")),
        ChatTemplates.BITNET.render(List.of(ChatMessage.user("Hi")), false));
    assertEquals(
        List.of(text("User: Hi"), new ChatPiece.Special("<|eot_id|>")),
        ChatTemplates.BITNET_RENDERED.render(List.of(ChatMessage.user("Hi")), false));
  }

  /// The ids of the formats page, with the vocabulary of Llama 3, which 2B4T has as well.
  @Test
  void givesBitNetsIdsInBothTokenizations() throws IOException {
    Tokenizer llama3 = llama3();
    List<ChatMessage> hi = List.of(ChatMessage.user("Hi"));
    assertArrayEquals(
        new int[] {128000, 1502, 25, 220, 13347, 128009, 72803, 25, 220},
        ChatEncoder.encode(ChatTemplates.BITNET, hi, true, llama3));
    assertArrayEquals(
        new int[] {128000, 1502, 25, 21694, 128009, 72803, 25, 220},
        ChatEncoder.encode(ChatTemplates.BITNET_RENDERED, hi, true, llama3));
    String rendered =
        "<|begin_of_text|>System: Be brief.<|eot_id|>User: Hi<|eot_id|>Assistant: Hello<|eot_id|>User: Bye<|eot_id|>Assistant: ";
    assertArrayEquals(
        llama3.encode(rendered, new EncodeOptions(false, true)),
        ChatEncoder.encode(ChatTemplates.BITNET_RENDERED, CONVERSATION, true, llama3));
    String llamas =
        "<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n";
    assertArrayEquals(
        llama3.encode(llamas, EncodeOptions.PROMPT),
        ChatEncoder.encode(ChatTemplates.LLAMA3, hi, true, llama3));
    assertArrayEquals(
        new int[] {128006, 882, 128007, 271, 13347, 128009, 128006, 78191, 128007, 271},
        llama3.encode(llamas, new EncodeOptions(false, true)));
  }

  /// Where its marks are ordinary text, Falcon's prompt is tokenized as the one text that it is.
  @Test
  void givesTheIdsOfTheWholeTextWhereMarksAreText() throws IOException {
    Tokenizer llama3 = llama3();
    assertArrayEquals(
        llama3.encode("<|user|>\nHi\n<|assistant|>\n", new EncodeOptions(true, false)),
        ChatEncoder.encode(ChatTemplates.FALCON3, List.of(ChatMessage.user("Hi")), true, llama3));
  }

  @Test
  void givesQwensIds() throws IOException {
    Tokenizer qwen3 = Tokenizers.load(TestData.require("tokenizers/qwen3/tokenizer.json"));
    assertArrayEquals(
        qwen3.encode(
            "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", EncodeOptions.PROMPT),
        ChatEncoder.encode(ChatTemplates.CHATML, List.of(ChatMessage.user("Hi")), true, qwen3));
  }

  @Test
  void findsTemplatesByNameAndListsThem() {
    for (ChatTemplate template :
        List.of(
            ChatTemplates.BITNET,
            ChatTemplates.BITNET_RENDERED,
            ChatTemplates.LLAMA3,
            ChatTemplates.FALCON3,
            ChatTemplates.CHATML)) {
      assertEquals(template, ChatTemplates.byName(template.name()));
    }
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> ChatTemplates.byName("llama9"));
    assertTrue(refusal.getMessage().contains("bitnet-rendered"), refusal.getMessage());
  }
}
