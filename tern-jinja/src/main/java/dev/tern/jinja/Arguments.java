package dev.tern.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The values that a function, filter or test is called with.
///
/// @param callee what is called, for messages
/// @param positional those without a name
/// @param named those with one
record Arguments(String callee, List<Value> positional, Map<String, Value> named) {
  /// {@return the same without the first that has no name}
  ///
  /// @param newCallee what is called now
  Arguments rest(String newCallee) {
    return new Arguments(newCallee, positional.subList(1, positional.size()), named);
  }

  /// {@return the arguments by the names of the parameters, less those that were not given}
  ///
  /// @param parameters in order; a `*` after a name means that it must be given
  Map<String, Value> bind(String... parameters) {
    if (positional.size() > parameters.length) {
      throw new TemplateException(
          "%s takes %d arguments, not %d".formatted(callee, parameters.length, positional.size()));
    }
    Map<String, Value> bound = new LinkedHashMap<>();
    Map<String, Value> unused = new LinkedHashMap<>(named);
    for (int i = 0; i < parameters.length; i++) {
      boolean required = parameters[i].endsWith("*");
      String name =
          required ? parameters[i].substring(0, parameters[i].length() - 1) : parameters[i];
      Value byName = unused.remove(name);
      if (i < positional.size() && byName != null) {
        throw new TemplateException("%s has the argument '%s' twice".formatted(callee, name));
      }
      Value value = i < positional.size() ? positional.get(i) : byName;
      if (value != null) {
        bound.put(name, value);
      } else if (required) {
        throw new TemplateException("%s needs the argument '%s'".formatted(callee, name));
      }
    }
    if (!unused.isEmpty()) {
      throw new TemplateException(
          "%s has no argument '%s' that Tern knows"
              .formatted(callee, unused.keySet().iterator().next()));
    }
    return bound;
  }
}
