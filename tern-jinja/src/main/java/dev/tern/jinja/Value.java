package dev.tern.jinja;

import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What an expression can be: a value as Python would have it.
///
/// Sealed on purpose: a template can reach nothing of the program but these, and no class or method
/// through them.
sealed interface Value
    permits Value.None,
        Value.Undefined,
        Value.Bool,
        Value.Int,
        Value.Real,
        Value.Text,
        Value.Items,
        Value.Dict,
        Value.Generator,
        Value.Namespace,
        Value.Function,
        Loop {
  /// {@return what Python calls the type, for messages}
  default String type() {
    return switch (this) {
      case None _ -> "None";
      case Undefined _ -> "undefined";
      case Bool _ -> "bool";
      case Int _ -> "int";
      case Real _ -> "float";
      case Text _ -> "str";
      case Items items -> items.kind().pythonName;
      case Dict _ -> "dict";
      case Generator _ -> "generator";
      case Namespace _ -> "namespace";
      case Loop _ -> "loop";
      case Function _ -> "function";
    };
  }

  /// Python's `None`.
  record None() implements Value {}

  /// A name or attribute that does not exist.
  ///
  /// @param what says so, for when it is used
  record Undefined(String what) implements Value {}

  /// Python's `bool`, which is also the integer 0 or 1.
  ///
  /// @param value its value
  record Bool(boolean value) implements Value {}

  /// Python's `int`; what does not fit is refused.
  ///
  /// @param value its value
  record Int(long value) implements Value {}

  /// Python's `float`, never NaN.
  ///
  /// @param value its value
  record Real(double value) implements Value {}

  /// Python's `str`.
  ///
  /// @param value its characters
  record Text(String value) implements Value {}

  /// Which of Python's sequences an [Items] is.
  enum Kind {
    LIST("list"),
    TUPLE("tuple"),
    RANGE("range"),
    /// The keys, values or items of a dictionary.
    VIEW("dictionary view");

    private final String pythonName;

    Kind(String pythonName) {
      this.pythonName = pythonName;
    }
  }

  /// A sequence, which no template can change.
  ///
  /// @param kind which
  /// @param values its elements
  record Items(Kind kind, List<? extends Value> values) implements Value {
    /// Wraps the elements, which nobody else keeps.
    public Items {
      values = Collections.unmodifiableList(values);
    }
  }

  /// Python's `dict`, in order of insertion. Its keys are strings, as in all that templates get.
  ///
  /// @param entries its values
  record Dict(Map<String, Value> entries) implements Value {
    /// Wraps the entries, which nobody else keeps.
    public Dict {
      entries = Collections.unmodifiableMap(entries);
    }
  }

  /// Values that can be looked at once, computed as they are asked for.
  ///
  /// @param values the rest of them
  record Generator(Iterator<Value> values) implements Value {}

  /// The one thing that a template can change: what `namespace()` makes.
  final class Namespace implements Value {
    final Map<String, Value> attributes;

    Namespace(Map<String, Value> attributes) {
      this.attributes = new LinkedHashMap<>(attributes);
    }
  }

  /// What can be called: a macro, a global function, a method of a value.
  non-sealed interface Function extends Value {
    Value call(Arguments arguments);
  }
}
