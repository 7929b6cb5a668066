package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatPiece;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.chat.JinjaChatTemplate;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.CorpusSettings.Format;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Of conversations, what the assistant says is learnt.
class ConversationTest {
  private static final Tokenizer TOKENIZER = TestTokenizers.small();

  @TempDir Path folder;

  private static String message(String role, String content) {
    return "{\"role\": \"%s\", \"content\": \"%s\"}".formatted(role, content);
  }

  private static String conversation(String... messages) {
    return "{\"messages\": [" + String.join(", ", messages) + "]}";
  }

  private static final String TWO_TURNS =
      conversation(
          message("system", "be the end"),
          message("user", "first? <|eot_id|>"),
          message("assistant", "one the"),
          message("user", "second?"),
          message("assistant", "two the"),
          message("user", "unanswered"));

  private TokenBatch batch(Optional<ChatTemplate> template, String... lines) throws IOException {
    TestRun run = new TestRun(folder);
    CorpusSettings corpus = run.lines("chat.jsonl", Format.CHAT, lines);
    try (TrainingData data = run.prepare(TestRun.learning(corpus), TOKENIZER, template, 1)) {
      TokenBatch batch = data.training(1, (int) data.trainingCounts().tokens() - 1).batch(0);
      assertEquals(data.trainingCounts().predictions(), batch.predictions());
      return batch;
    }
  }

  /// What is learnt: each answer's pieces.
  private static List<String> learnt(TokenBatch batch) {
    List<String> answers = new ArrayList<>();
    boolean inside = false;
    for (int target : batch.targets()) {
      if (target != TokenBatch.IGNORED) {
        if (!inside) {
          answers.add("");
        }
        String piece =
            TOKENIZER.isControl(target)
                ? TOKENIZER.piece(target)
                : new String(TOKENIZER.bytes(target), UTF_8);
        answers.set(answers.size() - 1, answers.getLast() + piece);
      }
      inside = target != TokenBatch.IGNORED;
    }
    return answers;
  }

  @ParameterizedTest
  @ValueSource(strings = {"bitnet", "bitnet-rendered", "llama3", "chatml", "falcon3"})
  void answersAreLearntWithTheEndsOfTheirTurns(String name) throws IOException {
    ChatTemplate template = ChatTemplates.byName(name);
    String end =
        switch (name) {
          case "chatml" -> "<|im_end|>";
          case "falcon3" -> "\n";
          default -> "<|eot_id|>";
        };
    TokenBatch batch = batch(Optional.of(template), TWO_TURNS);
    List<String> expected =
        List.of(" one the" + end, " two the" + end + (name.equals("falcon3") ? "</s>" : ""));
    assertEquals(expected, learnt(batch));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bitnet", "bitnet-rendered", "llama3", "chatml", "falcon3"})
  void theFirstAnswerFollowsThePromptOfAServer(String name) throws IOException {
    ChatTemplate template = ChatTemplates.byName(name);
    int[] prompt =
        ChatEncoder.encode(
            template,
            List.of(ChatMessage.system("be the end"), ChatMessage.user("first? <|eot_id|>")),
            true,
            TOKENIZER);
    TokenBatch batch = batch(Optional.of(template), TWO_TURNS);
    assertEquals(
        Arrays.stream(prompt).boxed().toList(),
        Arrays.stream(batch.inputs()).limit(prompt.length).boxed().toList());
    assertTrue(
        Arrays.stream(batch.targets())
            .limit(prompt.length - 1)
            .allMatch(target -> target == TokenBatch.IGNORED));
    assertTrue(batch.targets()[prompt.length - 1] != TokenBatch.IGNORED);
  }

  @Test
  void bytesAreThoseOfTheAnswers() throws IOException {
    TestRun run = new TestRun(folder);
    CorpusSettings corpus = run.lines("chat.jsonl", Format.CHAT, TWO_TURNS);
    try (TrainingData data =
        run.prepare(TestRun.learning(corpus), TOKENIZER, Optional.of(ChatTemplates.BITNET), 1)) {
      assertEquals(14, data.trainingCounts().learntBytes());
    }
  }

  @Test
  void whatIsNoConversationIsRefusedByLine() throws IOException {
    String good = conversation(message("user", "a"), message("assistant", "b"));
    for (String bad :
        List.of(
            "{}",
            "{\"messages\": {}}",
            "{\"messages\": [1]}",
            conversation(),
            conversation(message("user", "a")),
            conversation(message("tool", "a"), message("assistant", "b")),
            "{\"messages\": [{\"role\": \"assistant\", \"content\": [\"a\"]}]}",
            "{\"messages\": [{\"role\": \"assistant\"}]}")) {
      DataException refused =
          assertThrows(
              DataException.class, () -> batch(Optional.of(ChatTemplates.BITNET), good, bad));
      assertTrue(refused.getMessage().contains("chat.jsonl, line 2"), refused.getMessage());
    }
    DataException without = assertThrows(DataException.class, () -> batch(Optional.empty(), good));
    assertTrue(without.getMessage().contains("needs a chat template"), without.getMessage());
  }

  @Test
  void templatesInJinjaAreLearntFromToo() throws IOException {
    // ChatML as a model file brings it, which writes its special tokens as text.
    ChatTemplate jinja =
        new JinjaChatTemplate(
            "model",
            "chatml in jinja",
            (_, _, variables) -> {
              StringBuilder text = new StringBuilder();
              for (Object each : (List<?>) variables.get("messages")) {
                Map<?, ?> message = (Map<?, ?>) each;
                text.append(
                    "<|im_start|>%s\n%s<|im_end|>\n"
                        .formatted(message.get("role"), message.get("content")));
              }
              boolean prompt = variables.get("add_generation_prompt").equals(true);
              return text + (prompt ? "<|im_start|>assistant\n" : "");
            },
            TOKENIZER);
    TokenBatch own = batch(Optional.of(jinja), TWO_TURNS);
    TokenBatch known = batch(Optional.of(ChatTemplates.CHATML), TWO_TURNS);
    assertEquals(learnt(known), learnt(own));
    assertEquals(2, learnt(own).size());
  }

  /// A template that leaves out what was thought in earlier turns, as those of reasoning models.
  private record Forgetful(String name) implements ChatTemplate {
    @Override
    public List<ChatPiece> render(
        dev.tern.chat.Conversation conversation, boolean addGenerationPrompt) {
      List<ChatMessage> messages = conversation.messages();
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < messages.size(); i++) {
        text.append(i + 1 < messages.size() ? "" : "think: ").append(messages.get(i).content());
      }
      return List.of(new ChatPiece.Text(text + (addGenerationPrompt ? "answer: " : "")));
    }
  }

  @Test
  void aTemplateThatRewritesThePastIsRefused() {
    DataException refused =
        assertThrows(
            DataException.class, () -> batch(Optional.of(new Forgetful("forgetful")), TWO_TURNS));
    assertTrue(refused.getMessage().contains("forgetful"), refused.getMessage());
  }
}
