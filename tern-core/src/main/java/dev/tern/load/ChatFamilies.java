package dev.tern.load;

import dev.tern.TernException;
import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Recognizes a family that Tern knows by what a model's own template does, not by how it is
/// written.
///
/// A family is the model's if both make the same tokens of a few conversations that tell templates
/// apart: with and without instructions, before and after answers, with blanks at the edges. A
/// template that adds instructions of its own, or another token anywhere, stays what it is.
final class ChatFamilies {
  private static final String SPACED = " \n two words\n\n";

  private static final List<List<ChatMessage>> PROBES =
      List.of(
          List.of(ChatMessage.user("Hi")),
          List.of(ChatMessage.user(SPACED)),
          List.of(ChatMessage.system("Be brief."), ChatMessage.user("Hi")),
          List.of(
              ChatMessage.system(SPACED),
              ChatMessage.user("One?"),
              ChatMessage.assistant("1"),
              ChatMessage.user("Two?")),
          List.of(
              ChatMessage.user("One?"),
              ChatMessage.assistant(SPACED),
              ChatMessage.user("Two?"),
              ChatMessage.assistant("2"),
              ChatMessage.user("Three?")));

  private ChatFamilies() {}

  /// {@return the family whose template does what another does}
  ///
  /// @param own the model's template
  /// @param tokenizer the model's
  static Optional<ChatTemplate> recognize(ChatTemplate own, Tokenizer tokenizer) {
    try {
      List<int[]> expected =
          PROBES.stream().map(probe -> ChatEncoder.encode(own, probe, true, tokenizer)).toList();
      return ChatTemplates.all().stream()
          .filter(family -> agrees(family, expected, tokenizer))
          .findFirst();
    } catch (TernException _) {
      // It refuses a probe, which no family does; whoever talks to the model will be told why.
      return Optional.empty();
    }
  }

  private static boolean agrees(ChatTemplate family, List<int[]> expected, Tokenizer tokenizer) {
    try {
      for (int i = 0; i < PROBES.size(); i++) {
        int[] tokens = ChatEncoder.encode(family, PROBES.get(i), true, tokenizer);
        if (!Arrays.equals(tokens, expected.get(i))) {
          return false;
        }
      }
      return true;
    } catch (TernException _) {
      // The vocabulary lacks a token of this family.
      return false;
    }
  }
}
