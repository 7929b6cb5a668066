package dev.tern.chat;

import java.util.List;
import java.util.Map;

/// Renders chat templates written in Jinja, which the core does not do itself.
///
/// An implementation is found as a service; the module `dev.tern.jinja` has one.
public interface JinjaRenderer {
  /// {@return the text that a template makes of a conversation}
  ///
  /// @param source what to call the file in messages
  /// @param template Jinja source from a model file, not trusted
  /// @param messages in order
  /// @param addGenerationPrompt whether to end with what makes the model answer
  /// @param variables other values that templates use: `bos_token`, `eos_token`, `pad_token`, where
  ///   the model has them
  /// @throws dev.tern.ModelFormatException if the template is not valid or refuses the conversation
  String render(
      String source,
      String template,
      List<ChatMessage> messages,
      boolean addGenerationPrompt,
      Map<String, String> variables);
}
