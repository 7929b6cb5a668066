package dev.tern.story;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoryModelTest {
  private static final GenerationOptions GREEDY =
      GenerationOptions.greedy().toBuilder().maxTokens(80).build();

  @TempDir Path folder;

  @Test
  void tellsAStoryFromTheJarAndFromAFileAlike() throws IOException {
    Path file = StoryModel.file(folder.resolve("new"));
    try (TernModel inJar = StoryModel.load(LoadOptions.defaults());
        TernModel inFile = TernModel.load(file)) {
      String story = inJar.generate("Once upon a time", GREEDY).text();
      assertEquals(story, inFile.generate("Once upon a time", GREEDY).text());
      List<String> words = Arrays.asList(story.split("\\W+"));
      assertTrue(words.size() > 30, story);
      assertTrue(words.contains("was"), story);
    }
  }

  @Test
  void aFileThatWasCutIsWrittenAgain() throws IOException {
    Path file = StoryModel.file(folder);
    long size = Files.size(file);
    Files.write(file, new byte[10]);
    assertEquals(file, StoryModel.file(folder));
    assertEquals(size, Files.size(file));
  }

  @Test
  void isSmall() throws IOException {
    assertTrue(Files.size(StoryModel.file(folder)) < 4 << 20);
  }
}
