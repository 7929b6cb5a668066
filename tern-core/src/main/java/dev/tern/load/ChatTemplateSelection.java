package dev.tern.load;

import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.chat.JinjaChatTemplate;
import dev.tern.chat.JinjaRenderer;
import dev.tern.gguf.GgufFile;
import dev.tern.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/// Finds out how conversations are written for a model.
final class ChatTemplateSelection {
  private static final String KEY = "tokenizer.chat_template";

  /// A mark of the template in the official BitNet 2B4T file, which is not the one that the model
  /// was trained with.
  private static final String WRONG_BITNET_TEMPLATE = "BITNETAssistant";

  private ChatTemplateSelection() {}

  /// {@return the template to use, if one is known}
  ///
  /// @param override a name that was asked for
  /// @param notices receives a sentence where the file's own template is not used as it is
  static Optional<ChatTemplate> select(
      GgufFile file, Tokenizer tokenizer, Optional<String> override, List<String> notices) {
    if (override.isPresent()) {
      return Optional.of(ChatTemplates.byName(override.get()));
    }
    String architecture = file.metadata().findString("general.architecture").orElse("");
    Optional<String> source = file.metadata().findString(KEY);
    boolean isBitNet2B4T =
        new BitNet2B4TArchitecture().names().contains(architecture)
            && tokenizer.specialId("<|eot_id|>").isPresent();
    if (isBitNet2B4T) {
      if (source.isPresent() && source.get().contains(WRONG_BITNET_TEMPLATE)) {
        notices.add(
            "the chat template in the file is not the one the model was trained with; using BitNet's own");
      }
      return Optional.of(ChatTemplates.BITNET);
    }
    return source.flatMap(text -> ofSource(file, text, tokenizer, notices));
  }

  /// Templates of the known families are recognized by the tokens that they and no others use; the
  /// rest is Jinja.
  private static Optional<ChatTemplate> ofSource(
      GgufFile file, String source, Tokenizer tokenizer, List<String> notices) {
    if (source.contains("<|start_header_id|>") && source.contains("<|eot_id|>")) {
      return Optional.of(ChatTemplates.LLAMA3);
    }
    if (source.contains("<|im_start|>") && source.contains("<|im_end|>")) {
      return Optional.of(ChatTemplates.CHATML);
    }
    Optional<JinjaRenderer> renderer =
        ServiceLoader.load(JinjaRenderer.class, ChatTemplateSelection.class.getClassLoader())
            .findFirst();
    if (renderer.isEmpty()) {
      notices.add(
          "the chat template in the file is of no family that Tern knows by itself; add the module tern-jinja to use it");
      return Optional.empty();
    }
    return Optional.of(new JinjaChatTemplate(file.source(), source, renderer.get(), tokenizer));
  }
}
