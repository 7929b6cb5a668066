package dev.tern.load;

import dev.tern.LoadOptions;
import dev.tern.UnsupportedModelException;
import dev.tern.chat.ChatTemplate;
import dev.tern.gguf.GgufFile;
import dev.tern.model.ModelConfig;
import dev.tern.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

record GgufTokenizer(
    Tokenizer tokenizer, Set<Integer> endTokens, Optional<ChatTemplate> chatTemplate) {
  static GgufTokenizer read(
      GgufFile file, ModelConfig config, LoadOptions options, List<String> notices) {
    if (notices.isEmpty()) {
      throw new UnsupportedModelException("x" + file + config + options);
    }
    throw new UnsupportedModelException("y");
  }
}
