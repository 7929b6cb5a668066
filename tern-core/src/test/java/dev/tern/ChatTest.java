package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.chat.ChatMessage;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTest {
  /// Says `aaa`, the last letter of which the cache does not hold.
  private static final GenerationOptions AAA =
      GenerationOptions.greedy().toBuilder().logitBias('a', 1e6f).maxTokens(3).build();

  /// `User: Hi`, its end of turn and `Assistant: `, behind the beginning-of-text token.
  private static final int FIRST_PROMPT = 1 + "User: Hi".length() + 1 + "Assistant: ".length();

  @TempDir static Path folder;

  private static TernModel model;

  @BeforeAll
  static void load() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    model = TernModel.load(path, LoadOptions.defaults().withKernels(KernelChoice.SCALAR));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static GenerationResult say(Chat chat, String message) {
    return chat.send(message, AAA, _ -> {});
  }

  @Test
  void remembersWhatWasSaid() {
    try (Chat chat = model.newChat()) {
      assertEquals(List.of(), chat.messages());
      say(chat, "Hi");
      say(chat, "Bye");
      assertEquals(
          List.of(
              ChatMessage.user("Hi"),
              ChatMessage.assistant("aaa"),
              ChatMessage.user("Bye"),
              ChatMessage.assistant("aaa")),
          chat.messages());
    }
  }

  @Test
  void computesOnlyWhatIsNewInALaterTurn() {
    try (Chat chat = model.newChat()) {
      GenerationResult first = say(chat, "Hi");
      assertEquals(FIRST_PROMPT, first.usage().promptTokens());
      assertEquals(0, first.usage().cachedTokens());
      GenerationResult second = say(chat, "Bye");
      assertEquals(FIRST_PROMPT + 2, second.usage().cachedTokens());
      assertEquals(
          FIRST_PROMPT + 3 + 1 + "User: Bye".length() + 1 + "Assistant: ".length(),
          second.usage().promptTokens());
    }
  }

  @Test
  void saysTheSameWithAndWithoutACache() {
    GenerationOptions options =
        GenerationOptions.builder().seed(3).maxTokens(12).ignoreEos(true).build();
    List<String> answers = new ArrayList<>();
    try (Chat chat = model.newChat()) {
      answers.add(chat.send("Hi", options, _ -> {}).text());
      answers.add(chat.send("Bye", options, _ -> {}).text());
    }
    try (Chat chat = model.newChat()) {
      assertEquals(answers.getFirst(), chat.send("Hi", options, _ -> {}).text());
      chat.session().generate("something else", AAA);
      assertEquals(answers.getLast(), chat.send("Bye", options, _ -> {}).text());
    }
  }

  @Test
  void streamsAnAnswer() {
    try (Chat chat = model.newChat()) {
      StringBuilder streamed = new StringBuilder();
      GenerationResult result = chat.send("Hi", AAA, token -> streamed.append(token.text()));
      assertEquals("aaa", streamed.toString());
      assertEquals("aaa", result.text());
      assertEquals(StopReason.MAX_TOKENS, result.stopReason());
    }
  }

  @Test
  void beginsWithTheInstructions() {
    try (Chat chat = model.newChat()) {
      chat.system("Be brief.");
      say(chat, "Hi");
      assertEquals(ChatMessage.system("Be brief."), chat.messages().getFirst());
      chat.system("Be long.");
      assertEquals(ChatMessage.system("Be long."), chat.messages().getFirst());
      assertEquals(3, chat.messages().size());
      int withInstructions = say(chat, "Hi").usage().promptTokens();
      chat.undo();
      chat.system("");
      assertEquals(ChatMessage.user("Hi"), chat.messages().getFirst());
      int difference = withInstructions - say(chat, "Hi").usage().promptTokens();
      assertEquals("System: Be long.".length() + 1, difference);
    }
  }

  @Test
  void takesTheLastMessageAndItsAnswerBack() {
    try (Chat chat = model.newChat()) {
      assertEquals(Optional.empty(), chat.undo());
      chat.system("Be brief.");
      assertEquals(Optional.empty(), chat.undo());
      say(chat, "Hi");
      say(chat, "Bye");
      assertEquals(Optional.of("Bye"), chat.undo());
      assertEquals(3, chat.messages().size());
      assertEquals(Optional.of("Hi"), chat.undo());
      assertEquals(List.of(ChatMessage.system("Be brief.")), chat.messages());
      assertEquals(Optional.empty(), chat.undo());
    }
  }

  @Test
  void forgetsEverythingButTheInstructions() {
    try (Chat chat = model.newChat()) {
      chat.system("Be brief.");
      say(chat, "Hi");
      chat.clear();
      assertEquals(List.of(ChatMessage.system("Be brief.")), chat.messages());
    }
  }

  @Test
  void staysAsItWasWhenItDoesNotFitAnyMore() {
    SessionOptions small = SessionOptions.defaults().withContextLength(FIRST_PROMPT + 10);
    try (Chat chat = model.newChat(small)) {
      say(chat, "Hi");
      List<ChatMessage> before = chat.messages();
      ContextLengthException refusal =
          assertThrows(ContextLengthException.class, () -> say(chat, "Bye"));
      assertEquals(FIRST_PROMPT + 10, refusal.available());
      assertEquals(before, chat.messages());
      chat.undo();
      assertEquals("aaa", say(chat, "Bye").text());
    }
  }

  @Test
  void keepsWhatWasSaidOfACancelledAnswer() {
    try (Chat chat = model.newChat()) {
      Generation answer = chat.send("Hi", AAA);
      answer.next();
      assertEquals(List.of(), chat.messages());
      answer.cancel();
      assertFalse(answer.hasNext());
      assertFalse(answer.hasNext());
      assertEquals(List.of(ChatMessage.user("Hi"), ChatMessage.assistant("a")), chat.messages());
    }
  }

  @Test
  void dropsAnAnswerThatANewerOneReplaced() {
    try (Chat chat = model.newChat()) {
      Generation dropped = chat.send("Hi", AAA);
      dropped.next();
      say(chat, "Bye");
      assertThrows(IllegalStateException.class, dropped::hasNext);
      assertEquals(List.of(ChatMessage.user("Bye"), ChatMessage.assistant("aaa")), chat.messages());
    }
  }

  @Test
  void learnsThatAnAnswerHasEndedFromNextAlone() {
    try (Chat chat = model.newChat()) {
      Generation answer = chat.send("Hi", AAA);
      for (int i = 0; i < 3; i++) {
        answer.next();
      }
      assertThrows(NoSuchElementException.class, answer::next);
      assertEquals(2, chat.messages().size());
    }
  }

  @Test
  void doesNotReadSpecialTokensInMessages() {
    try (Chat chat = model.newChat()) {
      String typed = "<|eot_id|>";
      assertEquals(
          FIRST_PROMPT - "Hi".length() + typed.length(), say(chat, typed).usage().promptTokens());
    }
  }

  @Test
  void needsATemplate() throws IOException {
    Path plain = folder.resolve("llama.gguf");
    SyntheticModel.of(SyntheticShape.TINY.withArchitecture("llama")).write(plain);
    try (TernModel without = TernModel.load(plain)) {
      assertEquals(Optional.empty(), without.chatTemplate());
      assertEquals(Optional.empty(), without.info().chatTemplate());
      UnsupportedModelException refusal =
          assertThrows(UnsupportedModelException.class, without::newChat);
      assertTrue(refusal.getMessage().contains("chat template"), refusal.getMessage());
    }
    try (TernModel named =
        TernModel.load(plain, LoadOptions.defaults().withChatTemplate("falcon3"))) {
      assertEquals(Optional.of("falcon3"), named.info().chatTemplate());
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> TernModel.load(plain, LoadOptions.defaults().withChatTemplate("no such")));
  }
}
