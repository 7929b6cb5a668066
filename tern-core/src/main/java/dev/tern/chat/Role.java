package dev.tern.chat;

/// Who says a message.
public enum Role {
  /// Instructions that hold for the whole conversation.
  SYSTEM("system"),
  /// The person.
  USER("user"),
  /// The model.
  ASSISTANT("assistant"),
  /// A tool that the model called.
  TOOL("tool");

  private final String wireName;

  Role(String wireName) {
    this.wireName = wireName;
  }

  /// {@return the name in templates and protocols: `system`, `user`, `assistant` or `tool`}
  public String wireName() {
    return wireName;
  }
}
