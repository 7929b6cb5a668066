package dev.tern;

/// One generated token as it streams.
///
/// @param id its number in the vocabulary
/// @param text the text that may be shown now: whole characters only, held back while they could
///   begin a stop text; empty for many tokens
public record Token(int id, String text) {}
