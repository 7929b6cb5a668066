package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.json.JsonView;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Small vocabularies trained by Hugging Face tokenizers and SentencePiece, and the ids that these
/// give for texts full of traps.
class GoldenTest {
  private static final List<String> FILES =
      List.of(
          "byte-level.json",
          "byte-level-added.json",
          "byte-level-prefix.json",
          "characters.json",
          "characters-metaspace.json",
          "characters-unknown.json",
          "pieces.model",
          "pieces-unknown.model");

  @TestFactory
  Stream<DynamicTest> encodesAndDecodesAsTheLibraryThatMadeTheFile() throws IOException {
    JsonView expected = Golden.json("expected.json");
    Stream<DynamicTest> tests = Stream.empty();
    for (String file : FILES) {
      Tokenizer tokenizer = Tokenizers.load(Golden.file(file));
      tests =
          Stream.concat(
              tests,
              expected.get(file).elements().stream()
                  .map(one ->
                      DynamicTest.dynamicTest(
                          file + " '" + one.get("text").string() + "'",
                          () -> check(file, tokenizer, one))));
    }
    return tests;
  }

  private static void check(String file, Tokenizer tokenizer, JsonView expected) {
    String text = expected.get("text").string();
    int[] ids = Golden.ids(expected.get("ids"));
    assertArrayEquals(ids, tokenizer.encode(text, EncodeOptions.TEXT), text);
    Optional<JsonView> prompt = expected.find("prompt");
    if (prompt.isPresent()) {
      assertArrayEquals(
          Golden.ids(prompt.get()), tokenizer.encode(text, EncodeOptions.PROMPT), text);
    }
    String decoded = expected.get("decoded").string();
    switch (file) {
      // The library leaves the space that it put in front of the text.
      case "byte-level-prefix.json" ->
          assertEquals(decoded, decoded.isEmpty() ? "" : " " + tokenizer.decode(ids));
      // The library spells unknown pieces out, and takes all spaces at the beginning away.
      case "pieces-unknown.model" ->
          assertEquals(
              decoded.replace(" \u2047 ", "").stripLeading(), tokenizer.decode(ids).stripLeading());
      default -> assertEquals(decoded, tokenizer.decode(ids));
    }
  }
}
