package dev.tern.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A real Llama in full precision, against the text that llama2.c writes with it: the expected
/// output of that project's own test (github.com/karpathy/llama2.c, test_all.py), greedy from the
/// beginning-of-text token.
class Stories260kConformanceTest {
  private static final String FOLDER = "models/stories260k";

  private static final String STORY =
      """
      Once upon a time, there was a little girl named Lily. She loved to play outside in the park. \
      One day, she saw a big, red ball. She wanted to play with it, but it was too high.
      Lily's mom said, "Lily, let's go to the park." Lily was sad and didn't know what to do. She \
      said, "I want to play with your ball, but I can't find it."
      Lily was sad and didn't know what to do. She said, "I'm sorry, Lily. I didn't know what to do."
      Lily didn't want to help her mom, so she\
      """;

  @ParameterizedTest
  @ValueSource(strings = {"f32", "f16"})
  void writesTheStoryThatLlama2cWrites(String encoding) throws IOException {
    Path file = TestData.require(FOLDER).resolve("stories260K-" + encoding + ".gguf");
    try (TernModel model = TernModel.load(file, LoadOptions.defaults().withThreads(2))) {
      GenerationOptions options = GenerationOptions.greedy().toBuilder().maxTokens(200).build();
      assertEquals(STORY, model.generate("", options).text());
    }
  }
}
