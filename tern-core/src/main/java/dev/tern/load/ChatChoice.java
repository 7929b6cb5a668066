package dev.tern.load;

import dev.tern.chat.ChatTemplate;
import java.util.Optional;

/// How conversations are written for a model, or why nobody knows.
///
/// @param template the template, where there is one
/// @param whyNone what to tell a person who wants to talk where there is none
record ChatChoice(Optional<ChatTemplate> template, String whyNone) {
  static ChatChoice of(ChatTemplate template) {
    return new ChatChoice(Optional.of(template), "");
  }

  static ChatChoice none(String why) {
    return new ChatChoice(Optional.empty(), why);
  }
}
