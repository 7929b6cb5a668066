package dev.tern.chat;

/// A model's wish that a tool be called.
///
/// @param id what the tool's result will be told apart by
/// @param name of the tool
/// @param arguments for it: the text of a JSON object, which is looked at when it is written into a
///   prompt
public record ToolCall(String id, String name, String arguments) {}
