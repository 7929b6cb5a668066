package dev.tern.server.openai;

import dev.tern.grammar.Grammar;
import java.util.LinkedHashMap;
import java.util.Optional;

/// Grammars that have been wanted lately, because one that is used again costs less than a new one.
/// Bounded by number and by memory, so that nobody can fill it with huge ones. Safe for use by many
/// threads.
final class GrammarCache {
  private static final int MOST = 32;
  private static final long MOST_BYTES = 32L << 20;

  /// The least recently used first.
  private final LinkedHashMap<String, Grammar> grammars = new LinkedHashMap<>(16, 0.75f, true);

  private long bytes;

  /// {@return a grammar, if it is known}
  ///
  /// @param key tells it from others
  synchronized Optional<Grammar> find(String key) {
    return Optional.ofNullable(grammars.get(key));
  }

  /// Remembers a grammar, and forgets others where there are too many.
  ///
  /// @param key tells it from others
  /// @param grammar a new one
  synchronized void add(String key, Grammar grammar) {
    Grammar before = grammars.put(key, grammar);
    bytes += before == null ? bytes(key, grammar) : grammar.byteSize() - before.byteSize();
    while (grammars.size() > MOST || bytes > MOST_BYTES) {
      var eldest = grammars.pollFirstEntry();
      bytes -= bytes(eldest.getKey(), eldest.getValue());
    }
  }

  private static long bytes(String key, Grammar grammar) {
    return (long) key.length() * Character.BYTES + grammar.byteSize();
  }
}
