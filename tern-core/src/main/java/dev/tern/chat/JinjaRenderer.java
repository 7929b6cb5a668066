package dev.tern.chat;

import java.util.Map;

/// Renders chat templates written in Jinja, which the core does not do itself.
///
/// An implementation is found as a service; the module `dev.tern.jinja` has one.
public interface JinjaRenderer {
  /// {@return the text that a template makes of a conversation}
  ///
  /// @param source what to call the file in messages
  /// @param template Jinja source from a model file, not trusted
  /// @param variables the values that templates use: `messages`, `tools`, `add_generation_prompt`,
  ///   and `bos_token`, `eos_token`, `pad_token`, where the model has them. Each is a `String`, a
  ///   `Boolean`, a `Long`, a finite `Double`, `null`, or a `List` or `Map` with names for keys of
  ///   such values
  /// @throws dev.tern.ModelFormatException if the template is not valid or refuses the conversation
  String render(String source, String template, Map<String, ?> variables);
}
