package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Text;
import java.util.List;

/// Makes values.
final class Values {
  static final Value NONE = new None();
  static final Value TRUE = new Bool(true);
  static final Value FALSE = new Bool(false);
  static final Text EMPTY_TEXT = new Text("");

  private Values() {}

  static Value of(boolean value) {
    return value ? TRUE : FALSE;
  }

  static Value listOf(List<? extends Value> values) {
    return new Items(Kind.LIST, values);
  }

  static Value tupleOf(Value... values) {
    return new Items(Kind.TUPLE, List.of(values));
  }
}
