package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.TernException;
import dev.tern.UnsupportedModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizersTest {
  @TempDir Path folder;

  private void put(String name, String content) throws IOException {
    Files.writeString(folder.resolve(name), content);
  }

  private void copy(String golden, String name) throws IOException {
    Files.copy(Golden.file(golden), folder.resolve(name));
  }

  private String refusal(Class<? extends TernException> type, Path path) {
    String message = assertThrows(type, () -> Tokenizers.load(path)).getMessage();
    assertTrue(message.startsWith(path.toString()), message);
    return message;
  }

  @Test
  void tellsTheKindsApartByWhatIsInThem() throws IOException {
    copy("byte-level.json", "one");
    copy("pieces.model", "two");
    assertTrue(Tokenizers.load(folder.resolve("one")).description().startsWith("byte-level BPE"));
    assertTrue(
        Tokenizers.load(folder.resolve("two")).description().startsWith("SentencePiece BPE"));
  }

  @Test
  void prefersTokenizerJsonInAFolder() throws IOException {
    copy("pieces.model", "tokenizer.model");
    assertTrue(Tokenizers.load(folder).description().startsWith("SentencePiece BPE"));
    copy("byte-level.json", "tokenizer.json");
    assertTrue(Tokenizers.load(folder).description().startsWith("byte-level BPE"));
  }

  @Test
  void saysWhatItLookedForWhereThereIsNoTokenizer() throws IOException {
    assertTrue(
        refusal(UnsupportedModelException.class, folder)
            .contains("neither a tokenizer.json nor a tokenizer.model"));
    Path absent = folder.resolve("absent");
    assertThrows(NoSuchFileException.class, () -> Tokenizers.load(absent));
    put("model.gguf", "GGUF and more");
    assertTrue(
        refusal(UnsupportedModelException.class, folder.resolve("model.gguf"))
            .contains("load it as a model"));
    put("picture", "\u0089PNG");
    refusal(ModelFormatException.class, folder.resolve("picture"));
    put("empty", "");
    refusal(ModelFormatException.class, folder.resolve("empty"));
    put("empty.json", "");
    refusal(ModelFormatException.class, folder.resolve("empty.json"));
    put("config.json", "{\"model_type\": \"llama\"}");
    assertTrue(
        refusal(ModelFormatException.class, folder.resolve("config.json"))
            .contains("model is missing"));
  }

  @Test
  void readsTheConfigurationBesideATokenizer() throws IOException {
    copy("byte-level-prefix.json", "tokenizer.json");
    put(
        "tokenizer_config.json",
        """
        {"bos_token": {"content": "a", "lstrip": false}, "eos_token": "b", "pad_token": null,
         "add_bos_token": true, "add_eos_token": false}
        """);
    Tokenizer tokenizer = Tokenizers.load(folder);
    int a = tokenizer.bosId().orElseThrow();
    assertEquals("a", tokenizer.piece(a));
    assertEquals("b", tokenizer.piece(tokenizer.eosId().orElseThrow()));
    assertEquals(OptionalInt.empty(), tokenizer.padId());
    assertEquals(a, tokenizer.encode("x", EncodeOptions.PROMPT)[0]);
  }

  @Test
  void readsTheOlderFilesWhereTheConfigurationIsSilent() throws IOException {
    copy("pieces.model", "tokenizer.model");
    put("special_tokens_map.json", "{\"bos_token\": \"</s>\", \"pad_token\": \"[PAD]\"}");
    put("added_tokens.json", "{\"</line>\": 441, \"[PAD]\": 440}");
    Tokenizer tokenizer = Tokenizers.load(folder);
    assertEquals(442, tokenizer.vocabularySize());
    assertEquals(OptionalInt.of(2), tokenizer.bosId());
    assertEquals(OptionalInt.of(440), tokenizer.padId());
    assertEquals(OptionalInt.of(441), tokenizer.specialId("</line>"));
    assertArrayEquals("</line>".getBytes(UTF_8), tokenizer.bytes(441));
  }

  @Test
  void refusesADamagedConfiguration() throws IOException {
    copy("byte-level.json", "tokenizer.json");
    put("tokenizer_config.json", "{\"add_bos_token\": \"yes\"}");
    String message =
        assertThrows(ModelFormatException.class, () -> Tokenizers.load(folder)).getMessage();
    assertTrue(
        message.contains("tokenizer_config.json: add_bos_token should be true or false"), message);
    put("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x1\": {\"content\": \"a\"}}}");
    assertThrows(ModelFormatException.class, () -> Tokenizers.load(folder));
    put("tokenizer_config.json", "{\"added_tokens_decoder\": {\"7\": {\"special\": true}}}");
    assertThrows(ModelFormatException.class, () -> Tokenizers.load(folder));
  }

  @Test
  void exchangesThePreTokenizerOfByteLevelTokenizersOnly() throws IOException {
    copy("byte-level.json", "tokenizer.json");
    assertTrue(
        Tokenizers.load(folder, PreTokenizer.DEFAULT)
            .description()
            .contains("pre-tokenizer default"));
    for (String other : new String[] {"pieces.model", "characters.json"}) {
      Path file = Golden.file(other);
      assertThrows(
          UnsupportedModelException.class, () -> Tokenizers.load(file, PreTokenizer.DEFAULT));
    }
  }

  @Test
  void findsTheChatTemplateInEveryPlaceItIsPublishedIn() throws IOException {
    assertEquals(Optional.empty(), Tokenizers.chatTemplate(folder));
    put("tokenizer_config.json", "{\"chat_template\": \"{{ text }}\"}");
    assertEquals(Optional.of("{{ text }}"), Tokenizers.chatTemplate(folder));
    assertEquals(
        Optional.of("{{ text }}"), Tokenizers.chatTemplate(folder.resolve("tokenizer.json")));
    put(
        "tokenizer_config.json",
        """
        {"chat_template": [{"name": "tool_use", "template": "T"}, {"name": "default", "template": "D"}]}
        """);
    assertEquals(Optional.of("D"), Tokenizers.chatTemplate(folder));
    put("chat_template.jinja", "{{ newer }}\n");
    assertEquals(Optional.of("{{ newer }}\n"), Tokenizers.chatTemplate(folder));
  }
}
