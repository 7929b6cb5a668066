package dev.tern.chat;

import dev.tern.TernException;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// What a template does with tools, found out by what it writes of a few conversations.
///
/// @param definitions whether it writes definitions of tools
/// @param calls whether it writes calls and what tools answer
/// @param saysNothing whether a message that only calls tools must have no content for that; most
///   templates take an empty one as well, and some take nothing else
/// @param syntax how calls are written, where Tern knows it
record ToolProbe(
    boolean definitions, boolean calls, boolean saysNothing, Optional<ToolCallSyntax> syntax) {
  static final ToolProbe NO_TOOLS = new ToolProbe(false, false, false, Optional.empty());

  private static final String NAME = "tern_probe";
  private static final String ARGUMENT = "tern_argument";
  private static final String VALUE = "tern_value";
  private static final String RESULT = "tern_result";

  private static final ToolDefinition TOOL =
      new ToolDefinition(
          NAME,
          "Does nothing.",
          "{\"type\": \"object\", \"properties\": {\"%s\": {\"type\": \"string\"}}}"
              .formatted(ARGUMENT));

  /// Some templates want ids of nine letters and digits.
  private static final ToolCall CALL =
      new ToolCall("call00001", NAME, "{\"%s\": \"%s\"}".formatted(ARGUMENT, VALUE));

  /// Finds out.
  ///
  /// @param render gives the text of a conversation; the second argument is `saysNothing`
  static ToolProbe of(BiFunction<Conversation, Boolean, String> render) {
    List<ChatMessage> question = List.of(ChatMessage.user("Hi"));
    Conversation asked = new Conversation(question, List.of(TOOL));
    boolean definitions = text(render, asked, false).contains(NAME);
    Conversation called =
        new Conversation(
            List.of(
                ChatMessage.user("Hi"),
                ChatMessage.assistant("", List.of(CALL)),
                ChatMessage.tool(CALL.id(), RESULT)),
            definitions ? List.of(TOOL) : List.of());
    for (boolean saysNothing : new boolean[] {false, true}) {
      String text = text(render, called, saysNothing);
      // The name alone may be that of the definition.
      if (text.contains(NAME) && text.contains(VALUE) && text.contains(RESULT)) {
        return new ToolProbe(
            definitions, true, saysNothing, ToolCallSyntax.recognize(text, NAME, ARGUMENT));
      }
    }
    return new ToolProbe(definitions, false, false, Optional.empty());
  }

  private static String text(
      BiFunction<Conversation, Boolean, String> render,
      Conversation conversation,
      boolean saysNothing) {
    try {
      return render.apply(conversation, saysNothing);
    } catch (TernException _) {
      // It refuses the conversation.
      return "";
    }
  }
}
