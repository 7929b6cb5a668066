package dev.tern.grammar;

import java.util.List;

/// A piece of which [Grammar#of(GrammarPart)] makes a grammar: literal text, JSON schemas, and what
/// can be made of these.
public sealed interface GrammarPart {
  /// Exactly this text.
  ///
  /// @param text any
  record Text(String text) implements GrammarPart {}

  /// A JSON value, as [Grammar#jsonSchema] writes it.
  ///
  /// @param source what to call the schema in messages
  /// @param schema the schema, as JSON
  record Schema(String source, String schema) implements GrammarPart {}

  /// One after another.
  ///
  /// @param parts in order
  record Sequence(List<GrammarPart> parts) implements GrammarPart {
    /// Copies the list.
    public Sequence {
      parts = List.copyOf(parts);
    }
  }

  /// One of several.
  ///
  /// @param options at least one
  record Choice(List<GrammarPart> options) implements GrammarPart {
    /// Copies the list.
    public Choice {
      options = List.copyOf(options);
    }
  }

  /// Any number of times the same, also none.
  ///
  /// @param part what
  record Many(GrammarPart part) implements GrammarPart {}

  /// {@return parts one after another}
  ///
  /// @param parts in order
  static GrammarPart sequence(GrammarPart... parts) {
    return new Sequence(List.of(parts));
  }
}
