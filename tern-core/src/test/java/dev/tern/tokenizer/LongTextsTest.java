package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import dev.tern.UnsupportedModelException;
import dev.tern.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Texts that bring quadratic algorithms and recursive matchers to their knees. The limits are tens
/// of times what a slow machine needs, and a hundredth of what quadratic time would.
class LongTextsTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int LENGTH = 250_000;
  private static final List<String> UNITS =
      List.of("a", " ", "1", "\n", "!", "é", "漢", " a", "'s", "a\u0301", "\u2581", "ab ");

  private static void check(Tokenizer tokenizer) {
    for (String unit : UNITS) {
      String text = unit.repeat(LENGTH / unit.length());
      String decoded =
          assertTimeout(LIMIT, () -> tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
      assertEquals(text.replace('\u2581', ' '), decoded.replace('\u2581', ' '));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte-level.json", "characters.json", "pieces.model"})
  void tokenizesAnEndlessRepetition(String file) throws IOException {
    check(Tokenizers.load(Golden.file(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", " "})
  void tokenizesAMillionEqualCharactersWithARealVocabulary(String unit) throws IOException {
    Tokenizer tokenizer = PublishedVocabularies.llama3Ranks();
    String text = unit.repeat(1_000_000);
    assertTimeout(
        LIMIT,
        () -> assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT))));
  }

  @ParameterizedTest
  @EnumSource
  void cutsAnEndlessRepetition(PreTokenizer preTokenizer) {
    PreTokenization pieces = preTokenizer.pieces();
    for (String unit : UNITS) {
      String text = unit.repeat(LENGTH / unit.length());
      assertTimeout(LIMIT, () -> assertEquals(text, String.join("", SplitsTest.cut(pieces, text))));
    }
  }

  @Test
  void saysSoWhereAnExpressionOfAFileNeedsTooMuchStack() throws IOException {
    String json =
        Files.readString(Golden.file("byte-level.json"))
            .replaceFirst("\"Regex\":\"[^\"]*\"", "\"Regex\":\"(?:a|b|cd)+\"");
    Tokenizer tokenizer =
        TokenizerJson.read(
            Json.parse("t.json", json.getBytes(UTF_8)), TokenizerConfig.NONE, Optional.empty());
    String text = "ab".repeat(1_000_000);
    assertThrows(UnsupportedModelException.class, () -> tokenizer.encode(text, EncodeOptions.TEXT));
  }
}
