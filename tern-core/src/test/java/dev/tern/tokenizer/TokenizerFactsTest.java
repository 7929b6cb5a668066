package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What GGUF files say of a tokenizer makes one that does what its own files say.
class TokenizerFactsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"llama3, LLAMA_BPE", "qwen3, QWEN2", "llama2, "})
  void makeTheTokenizerThatTheyWereReadFrom(String name, PreTokenizer expected) throws IOException {
    Path source = TestData.require("tokenizers/" + name);
    TokenizerFacts facts = Tokenizers.facts(source);
    assertEquals(expected, facts.preTokenizer().orElse(null));
    Tokenizer published = Tokenizers.load(source);
    Tokenizer made = build(facts);
    assertEquals(published.vocabularySize(), made.vocabularySize());
    Path texts = TestData.require("tokenizers/gguf-vocab/ggml-vocab-llama-bpe.gguf.inp");
    for (String text : Files.readString(texts).split("\n__ggml_vocab_test__\n", -1)) {
      for (EncodeOptions options : new EncodeOptions[] {EncodeOptions.PROMPT, EncodeOptions.TEXT}) {
        assertArrayEquals(published.encode(text, options), made.encode(text, options), text);
      }
    }
    assertEquals(published.bosId(), made.bosId());
    assertEquals(published.eosId(), made.eosId());
  }

  private static Tokenizer build(TokenizerFacts facts) {
    TokenizerBuilder builder =
        facts.isByteLevel()
            ? TokenizerBuilder.byteLevel("facts", facts.tokens())
                .merges(facts.merges())
                .preTokenizer(facts.preTokenizer().orElseThrow())
            : TokenizerBuilder.sentencePiece("facts", facts.tokens())
                .scores(facts.scores())
                .addSpacePrefix(facts.addSpacePrefix())
                .removeExtraWhitespaces(facts.removeExtraWhitespaces());
    builder.types(facts.types()).addBos(facts.addBos()).addEos(facts.addEos());
    facts.bosId().ifPresent(builder::bosId);
    facts.eosId().ifPresent(builder::eosId);
    facts.unknownId().ifPresent(builder::unknownId);
    return builder.build();
  }

  /// Qwen composes characters before it looks at them, and GGUF cannot say so.
  @Test
  void sayWhatIsLost() throws IOException {
    TokenizerFacts facts = Tokenizers.facts(TestData.require("tokenizers/qwen3"));
    assertTrue(facts.losses().getFirst().contains("NFC"), facts.losses().toString());
  }

  @Test
  void findTheTokenThatEndsATurn() throws IOException {
    TokenizerFacts facts = Tokenizers.facts(TestData.require("tokenizers/llama3"));
    assertEquals(128_009, facts.turnEndId().getAsInt());
  }

  @Test
  void areNotReadFromATokenizerThatCutsInNoKnownWay() throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "[aeiou]"}, "behavior": "Isolated"},
           {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
         "decoder": {"type": "ByteLevel"}}
        """);
    assertTrue(Tokenizers.facts(folder).preTokenizer().isEmpty());
  }

  @Test
  void areNotReadFromCharactersThatMergeByAList() throws IOException {
    Files.writeString(
        folder.resolve("tokenizer.json"),
        """
        {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []},
         "decoder": {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}}
        """);
    assertThrows(UnsupportedModelException.class, () -> Tokenizers.facts(folder));
  }
}
