package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.json.JsonView;
import dev.tern.tokenizer.PreTokenizerStep.Behavior;
import dev.tern.tokenizer.PreTokenizerStep.Split;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// How Hugging Face tokenizers, whose regular expressions are Oniguruma's, cuts texts.
class SplitsTest {
  @TestFactory
  Stream<DynamicTest> cutsAsOnigurumaDoes() throws IOException {
    JsonView splits = Golden.json("splits.json");
    return splits.members().keySet().stream()
        .map(name ->
            DynamicTest.dynamicTest(
                name,
                () -> {
                  PreTokenization pieces = pieces(name);
                  for (JsonView one : splits.get(name).elements()) {
                    List<String> expected = one.elements().stream().map(JsonView::string).toList();
                    String text = expected.getFirst();
                    assertEquals(expected.subList(1, expected.size()), cut(pieces, text), text);
                  }
                }));
  }

  private static PreTokenization pieces(String name) {
    int space = name.indexOf(' ');
    String rest = name.substring(space + 1);
    return switch (name.substring(0, space)) {
      case "named" -> PreTokenizer.named(rest).pieces();
      case "expressions" ->
          new PreTokenization(List.of(new Split(OnigurumaRegex.compile("test", rest))));
      default -> {
        boolean inverted = rest.endsWith(" inverted");
        Behavior behavior =
            Behavior.valueOf(rest.replace(" inverted", "").toUpperCase(Locale.ROOT));
        yield new PreTokenization(
            List.of(new Split(OnigurumaRegex.compile("test", "\\p{L}|\\s"), behavior, inverted)));
      }
    };
  }

  static List<String> cut(PreTokenization pieces, String text) {
    List<String> cut = new ArrayList<>();
    pieces.start((stretch, from, to, _) -> cut.add(stretch.substring(from, to))).split(text, true);
    return cut;
  }
}
