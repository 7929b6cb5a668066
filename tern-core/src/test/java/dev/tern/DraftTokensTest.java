package dev.tern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Guessing tokens ahead changes no text, and says what it was good for.
class DraftTokensTest {
  private static final String REPETITIVE = "one two three one two three one two three one two";

  @TempDir Path folder;

  private TernModel model() throws IOException {
    Path file = folder.resolve("model.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    return TernModel.load(file, LoadOptions.defaults().withThreads(2));
  }

  private static GenerationOptions.Builder options() {
    return GenerationOptions.builder().seed(5).maxTokens(120).ignoreEos(true);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 15})
  void changesNoText(int draftTokens) throws IOException {
    try (TernModel model = model()) {
      for (GenerationOptions.Builder each :
          new GenerationOptions.Builder[] {
            options().temperature(0),
            options().temperature(0.3f),
            options().temperature(0.1f).repeatPenalty(1.1f),
            options().temperature(0).logitBias(75, 100f),
            options().topK(0)
          }) {
        GenerationOptions plain = each.build();
        GenerationOptions drafting = each.draftTokens(draftTokens).build();
        GenerationResult expected = model.generate(REPETITIVE, plain);
        GenerationResult actual = model.generate(REPETITIVE, drafting);
        assertEquals(expected.tokens(), actual.tokens(), plain.toString());
        assertEquals(expected.stopReason(), actual.stopReason());
        assertEquals(0, expected.usage().draftedTokens());
        assertTrue(actual.usage().acceptedTokens() <= actual.usage().draftedTokens());
      }
    }
  }

  @Test
  void takesGuessesThatAreRight() throws IOException {
    try (TernModel model = model()) {
      // One token has all the weight, so every guess of it is right.
      GenerationOptions options =
          options().temperature(0).logitBias(75, 1e6f).draftTokens(4).build();
      Usage usage = model.generate(REPETITIVE, options).usage();
      assertTrue(usage.draftedTokens() > 20, usage.toString());
      assertTrue(usage.acceptedTokens() > usage.draftedTokens() / 2, usage.toString());
    }
  }

  @Test
  void fillsTheContextToTheSameToken() throws IOException {
    try (TernModel model = model()) {
      SessionOptions small = SessionOptions.defaults().withContextLength(70);
      GenerationOptions.Builder options = options().temperature(0).logitBias(75, 1e6f);
      GenerationResult expected;
      try (Session session = model.newSession(small)) {
        expected = session.generate(REPETITIVE, options.build());
      }
      try (Session session = model.newSession(small)) {
        GenerationResult actual = session.generate(REPETITIVE, options.draftTokens(7).build());
        assertEquals(expected.tokens(), actual.tokens());
        assertEquals(StopReason.CONTEXT_FULL, actual.stopReason());
      }
    }
  }

  @Test
  void leavesASessionThatGoesOnAsIfNothingHadBeenGuessed() throws IOException {
    try (TernModel model = model();
        Session plain = model.newSession();
        Session drafting = model.newSession()) {
      GenerationOptions.Builder options = options().temperature(0).maxTokens(20);
      plain.generate(REPETITIVE, options.build());
      drafting.generate(REPETITIVE, options.draftTokens(5).build());
      String more = REPETITIVE + " and four";
      assertEquals(
          plain.generate(more, options.draftTokens(0).build()).tokens(),
          drafting.generate(more, options.draftTokens(5).build()).tokens());
      assertEquals(plain.length(), drafting.length());
    }
  }

  @Test
  void refusesNumbersOutOfRange() {
    assertThrows(IllegalArgumentException.class, () -> GenerationOptions.builder().draftTokens(16));
    assertThrows(IllegalArgumentException.class, () -> GenerationOptions.builder().draftTokens(-1));
    assertEquals(7, options().draftTokens(7).build().toBuilder().build().draftTokens());
  }
}
