package dev.tern;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Java example of the README, run as the README says.
class ReadmeExampleTest {
  private static final Pattern JAVA_BLOCK =
      Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL | Pattern.MULTILINE);

  @TempDir Path folder;

  @Test
  void generatesText() throws IOException, InterruptedException {
    Path model = folder.resolve("model.gguf");
    SyntheticModel.of(SyntheticShape.byName("tiny")).write(model);
    Matcher block = JAVA_BLOCK.matcher(Files.readString(Path.of("..", "README.md")));
    assertTrue(block.find(), "the README has an example");
    Path source = Files.writeString(folder.resolve("Example.java"), block.group(1));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of("target", "classes").toString(),
                source.toString(),
                model.toString())
            .redirectErrorStream(true)
            .start();
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), UTF_8);
      assertEquals(0, process.waitFor(), text);
      assertTrue(text.contains("60 tokens, MAX_TOKENS"), text);
    }
  }
}
