package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EndTokensTest {
  private static final String TOKENIZER =
      """
      {"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "<s>": 2, "</s>": 3, "<turn>": 4}, "merges": []},
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
       "decoder": {"type": "ByteLevel"},
       "added_tokens": [{"id": 2, "content": "<s>", "special": true}, {"id": 3, "content": "</s>", "special": true},
                        {"id": 4, "content": "<turn>", "special": true}]}
      """;

  @TempDir Path folder;

  /// Turns of many chat models end with another token than `eos_token` names.
  @Test
  void endsAtEveryTokenThatTheModelsOwnFilesName() throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
    Files.writeString(folder.resolve("config.json"), "{\"bos_token_id\": 2, \"eos_token_id\": 3}");
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [3, 4, 99]}");
    Tokenizer tokenizer = Tokenizers.load(folder);
    assertEquals(2, tokenizer.bosId().getAsInt());
    assertEquals(3, tokenizer.eosId().getAsInt());
    assertTrue(tokenizer.isEndOfGeneration(3));
    assertTrue(tokenizer.isEndOfGeneration(4));
    assertFalse(tokenizer.isEndOfGeneration(2));
    assertFalse(tokenizer.addsBos());
  }
}
