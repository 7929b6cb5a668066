package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.Session;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.json.Json;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whole generations under a grammar, by a model of random weights and by a real one.
class ConstrainedGenerationTest {
  private static final GenerationOptions.Builder SHORT = GenerationOptions.builder().maxTokens(60);

  @TempDir Path folder;

  private TernModel random() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    return TernModel.load(path, LoadOptions.defaults().withKernels(KernelChoice.SCALAR));
  }

  /// Complete texts fit the schema; others are beginnings of texts that fit.
  private static int generateAll(TernModel model) {
    int complete = 0;
    try (Session session = model.newSession()) {
      for (String quoted : JsonSchemaTest.SCHEMAS) {
        String schema = quoted.replace('\'', '"');
        Grammar grammar = Grammar.jsonSchema(schema);
        SchemaValidator validator =
            new SchemaValidator(Json.parse("schema", schema.getBytes(UTF_8)));
        for (float temperature : new float[] {0, 1.5f}) {
          GenerationOptions options =
              SHORT.temperature(temperature).seed(5).grammar(grammar).build();
          GenerationResult result = session.generate("A ", options);
          String text = result.text();
          boolean ended =
              result.stopReason() == StopReason.GRAMMAR_COMPLETE
                  || result.stopReason() == StopReason.END_OF_TURN;
          if (ended) {
            complete++;
            assertTrue(grammar.matches(text), () -> text + " and " + schema);
            assertTrue(
                validator.fits(Json.parse(text, text.getBytes(UTF_8))),
                () -> text + " and " + schema);
          } else {
            assertEquals(StopReason.MAX_TOKENS, result.stopReason());
            assertTrue(begins(grammar, text), () -> text + " and " + schema);
          }
        }
      }
    }
    return complete;
  }

  private static boolean begins(Grammar grammar, String text) {
    Automaton automaton = new Automaton(grammar.program());
    State state = automaton.start();
    // Half a character at the end is shown as U+FFFD.
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '\uFFFD') {
      end--;
    }
    for (byte octet : text.substring(0, end).getBytes(UTF_8)) {
      state = automaton.step(state, octet & 0xFF);
    }
    return !state.isDead();
  }

  @Test
  void aModelOfRandomWeightsKeepsToSchemas() throws IOException {
    try (TernModel model = random()) {
      int complete = generateAll(model);
      assertTrue(complete > JsonSchemaTest.SCHEMAS.size() / 2, complete + " texts were complete");
    }
  }

  @Test
  void aRealModelKeepsToSchemas() throws IOException {
    Path path = TestData.require("models/tinystories-b158-3m/bitllama-3M-i2_s.gguf");
    try (TernModel model = TernModel.load(path)) {
      int complete = generateAll(model);
      assertTrue(complete > JsonSchemaTest.SCHEMAS.size() / 2, complete + " texts were complete");
    }
  }

  @Test
  void guessesAheadChangeNothing() throws IOException {
    Grammar grammar = Grammar.gbnf("root ::= (\"ab\" [a-d]{1,3} \"; \")+");
    try (TernModel model = random()) {
      for (float temperature : new float[] {0, 1}) {
        GenerationOptions.Builder options =
            GenerationOptions.builder()
                .temperature(temperature)
                .seed(3)
                .maxTokens(60)
                .grammar(grammar);
        GenerationResult plain = model.generate("ab", options.build());
        GenerationResult guessing = model.generate("ab", options.draftTokens(4).build());
        assertEquals(plain.tokens(), guessing.tokens());
        assertTrue(begins(grammar, plain.text()), plain.text());
      }
    }
  }

  @Test
  void endsByItselfAndOnlyWhereItMay() throws IOException {
    try (TernModel model = random()) {
      GenerationOptions.Builder greedy = GenerationOptions.greedy().toBuilder().ignoreEos(true);
      Grammar word = Grammar.gbnf("root ::= \"word\"");
      GenerationResult result = model.generate("A", greedy.grammar(word).build());
      assertEquals("word", result.text());
      assertEquals(StopReason.GRAMMAR_COMPLETE, result.stopReason());
      Grammar empty = Grammar.gbnf("root ::= \"\"");
      GenerationResult nothing = model.generate("A", greedy.grammar(empty).build());
      assertEquals("", nothing.text());
      assertEquals(StopReason.GRAMMAR_COMPLETE, nothing.stopReason());
    }
  }

  @Test
  void biasesThatBanAllThatIsAllowedAreAnError() throws IOException {
    try (TernModel model = random()) {
      GenerationOptions banned =
          GenerationOptions.builder()
              .grammar(Grammar.gbnf("root ::= \"a\""))
              .logitBias('a', Float.NEGATIVE_INFINITY)
              .build();
      IllegalArgumentException refusal =
          assertThrows(IllegalArgumentException.class, () -> model.generate("x", banned));
      assertTrue(refusal.getMessage().contains("grammar"), refusal.getMessage());
      assertFalse(GenerationOptions.defaults().grammar().isPresent());
      assertTrue(banned.toBuilder().build().grammar().isPresent());
    }
  }
}
