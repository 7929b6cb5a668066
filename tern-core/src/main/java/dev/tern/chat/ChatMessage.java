package dev.tern.chat;

/// One message of a conversation.
///
/// @param role who says it
/// @param content what is said
public record ChatMessage(Role role, String content) {
  /// {@return instructions}
  ///
  /// @param content any text
  public static ChatMessage system(String content) {
    return new ChatMessage(Role.SYSTEM, content);
  }

  /// {@return what the person says}
  ///
  /// @param content any text
  public static ChatMessage user(String content) {
    return new ChatMessage(Role.USER, content);
  }

  /// {@return what the model says}
  ///
  /// @param content any text
  public static ChatMessage assistant(String content) {
    return new ChatMessage(Role.ASSISTANT, content);
  }
}
