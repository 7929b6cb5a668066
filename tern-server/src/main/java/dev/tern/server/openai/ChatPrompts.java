package dev.tern.server.openai;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.Conversation;
import dev.tern.chat.ToolDefinition;
import dev.tern.chat.ToolsException;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import java.util.List;

/// Writes conversations as the model was trained to see them.
final class ChatPrompts {
  private ChatPrompts() {}

  /// {@return the tokens of a conversation, up to where the model answers}
  ///
  /// @param messages in order
  /// @param tools those that the model may call
  /// @param field what they are called in the request
  /// @param served whose chat template is used
  /// @throws ApiException if the model has none, or it refuses the conversation
  static int[] encode(
      List<ChatMessage> messages, List<ToolDefinition> tools, String field, ServedModel served) {
    if (served.model().chatTemplate().isEmpty()) {
      throw ApiException.invalid(
          field,
          "no_chat_template",
          "the model has no chat template, so it cannot answer messages; use /v1/completions");
    }
    try {
      int[] prompt = served.model().chatPrompt(new Conversation(messages, tools));
      if (prompt.length == 0) {
        throw ApiException.invalid(
            field,
            "chat_template_error",
            "the model's chat template makes nothing of the messages: there is nothing to go on from");
      }
      return prompt;
    } catch (ToolsException unusable) {
      throw ApiException.invalid(
          tools.isEmpty() ? field : "tools",
          "chat_template_error",
          "the model's chat template does not use tools so: the messages or 'tools' need it");
    } catch (ModelFormatException refused) {
      String reason =
          refused.getCause() == null ? "it is not valid" : refused.getCause().getMessage();
      throw ApiException.invalid(
          field,
          "chat_template_error",
          "the model's chat template refuses the messages: " + reason);
    } catch (UnsupportedModelException unusable) {
      throw ApiException.invalid(field, "chat_template_error", unusable.getMessage());
    }
  }
}
