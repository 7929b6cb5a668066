package dev.tern.train.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `docs/training.md` explains every key there is and no other.
class DocumentationTest {
  @Test
  void explainsEveryKeyInItsOrder() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "training.md"));
    String configuration = page.substring(page.indexOf("## The configuration"));
    List<String> explained =
        Pattern.compile("(?m)^\\| `([a-z0-9_]+)` \\|")
            .matcher(configuration)
            .results()
            .map(row -> row.group(1))
            .sorted()
            .toList();
    List<String> groups = List.of("model", "tokenizer", "data", "optimizer", "warm_up");
    List<String> known =
        ConfigKeys.all().values().stream()
            .flatMap(List::stream)
            .filter(key -> !groups.contains(key) && !List.of("distillation", "run").contains(key))
            .sorted()
            .toList();
    assertEquals(known, explained);
  }
}
