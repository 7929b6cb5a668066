package dev.tern.load;

import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.chat.JinjaChatTemplate;
import dev.tern.chat.JinjaRenderer;
import dev.tern.source.ModelSource;
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

  /// {@return the template to use, or why there is none}
  ///
  /// @param override a name that was asked for
  /// @param notices receives a sentence where the file's own template is not used as it is
  static ChatChoice select(
      ModelSource file, Tokenizer tokenizer, Optional<String> override, List<String> notices) {
    Optional<JinjaRenderer> renderer =
        ServiceLoader.load(JinjaRenderer.class, ChatTemplateSelection.class.getClassLoader())
            .findFirst();
    return select(file, tokenizer, override, renderer, notices);
  }

  static ChatChoice select(
      ModelSource file,
      Tokenizer tokenizer,
      Optional<String> override,
      Optional<JinjaRenderer> renderer,
      List<String> notices) {
    if (override.isPresent()) {
      return ChatChoice.of(ChatTemplates.byName(override.get()));
    }
    Optional<String> source = file.metadata().findString(KEY);
    if (isBitNet2B4T(file, tokenizer)) {
      if (source.isPresent() && source.get().contains(WRONG_BITNET_TEMPLATE)) {
        notices.add(
            "the chat template in the file is not the one the model was trained with; using BitNet's own");
      }
      return ChatChoice.of(ChatTemplates.BITNET);
    }
    if (source.isEmpty()) {
      return ChatChoice.none(
          "%s: the file has no chat template; name one (--chat-template), or go on from a plain prompt"
              .formatted(file.source()));
    }
    return renderer.isPresent()
        ? ChatChoice.of(ofSource(file.source(), source.get(), renderer.get(), tokenizer))
        : guess(file.source(), source.get(), notices);
  }

  private static boolean isBitNet2B4T(ModelSource file, Tokenizer tokenizer) {
    String architecture = file.metadata().findString("general.architecture").orElse("");
    return new BitNet2B4TArchitecture().names().contains(architecture)
        && tokenizer.specialId("<|eot_id|>").isPresent();
  }

  private static ChatTemplate ofSource(
      String file, String source, JinjaRenderer renderer, Tokenizer tokenizer) {
    JinjaChatTemplate own = new JinjaChatTemplate(file, source, renderer, tokenizer);
    return ChatFamilies.recognize(own, tokenizer)
        .map(family -> own.mentionsTools() ? ChatTemplates.withTools(family, own) : family)
        .orElse(own);
  }

  /// Without a renderer, two families can be told by tokens that they and hardly any others use;
  /// what else such a template does, such as instructions of its own, is lost.
  private static ChatChoice guess(String file, String source, List<String> notices) {
    Optional<ChatTemplate> family = Optional.empty();
    if (source.contains("<|start_header_id|>") && source.contains("<|eot_id|>")) {
      family = Optional.of(ChatTemplates.LLAMA3);
    } else if (source.contains("<|im_start|>") && source.contains("<|im_end|>")) {
      family = Optional.of(ChatTemplates.CHATML);
    }
    if (family.isEmpty()) {
      return ChatChoice.none(
          "%s: the chat template in the file is written in Jinja, which needs the module tern-jinja; add it, or name a template that Tern knows (--chat-template)"
              .formatted(file));
    }
    notices.add(
        "the chat template in the file is taken for '%s' by the tokens it names; with the module tern-jinja it is used as it is written"
            .formatted(family.get().name()));
    return ChatChoice.of(family.get());
  }
}
