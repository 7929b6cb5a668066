package dev.tern.jinja;

import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes values of what a program gives to a template, and counts its characters.
final class Variables {
  private long characters;

  /// {@return the same as a value}
  ///
  /// @throws IllegalArgumentException if templates know no such thing
  Value value(@Nullable Object given) {
    return switch (given) {
      case null -> Values.NONE;
      case String text -> text(text);
      case Boolean truth -> Values.of(truth);
      case Long number -> new Int(number);
      case Double number when Double.isFinite(number) -> new Real(number);
      case List<?> list -> {
        List<Value> values = new ArrayList<>();
        list.forEach(each -> values.add(value(each)));
        yield Values.listOf(values);
      }
      case Map<?, ?> map -> {
        Map<String, Value> entries = new LinkedHashMap<>();
        map.forEach((name, each) -> entries.put(text((String) name).value(), value(each)));
        yield new Dict(entries);
      }
      default ->
          throw new IllegalArgumentException("templates know no " + given.getClass().getName());
    };
  }

  private Text text(String text) {
    characters += text.length();
    return new Text(text);
  }

  /// {@return how long the texts of all values are together}
  long characters() {
    return characters;
  }
}
