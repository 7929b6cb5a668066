package dev.tern.server.openai;

import dev.tern.server.api.ApiException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of an object in a request. Remembers which have been asked for, so that [#end] can
/// refuse the others: nothing is accepted and ignored. A field that is null is absent. For use by
/// one thread.
final class Fields {
  private final String path;
  private final ObjectNode object;
  private final Set<String> known = new HashSet<>();

  /// Looks at an object.
  ///
  /// @param path where it is; empty for the whole request
  /// @param object what was sent
  Fields(String path, ObjectNode object) {
    this.path = path;
    this.object = object;
  }

  /// {@return where a field is}
  ///
  /// @param name the field's
  String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /// {@return a field, if it is there}
  ///
  /// @param name the field's
  Optional<Field> find(String name) {
    known.add(name);
    @Nullable JsonNode value = object.get(name);
    return value == null || value.isNull()
        ? Optional.empty()
        : Optional.of(new Field(path(name), value));
  }

  /// {@return a field that must be there}
  ///
  /// @param name the field's
  /// @throws ApiException if it is not
  Field require(String name) {
    return find(name)
        .orElseThrow(() ->
            ApiException.invalid(
                path(name), "missing_required_parameter", "'%s' is missing".formatted(path(name))));
  }

  /// {@return a field that is yes or no}
  ///
  /// @param name the field's
  /// @param otherwise where it is absent
  boolean flag(String name, boolean otherwise) {
    return find(name).map(Field::flag).orElse(otherwise);
  }

  /// Refuses fields that the protocol has and Tern does not.
  ///
  /// @param reasons what follows a field's name in the sentence, by name
  /// @throws ApiException if one is there
  void refuse(Map<String, String> reasons) {
    reasons.forEach((name, reason) ->
        find(name)
            .ifPresent(field -> {
              throw field.unsupported(reason);
            }));
  }

  /// Accepts a field only with the value that it has where it is absent.
  ///
  /// @param name the field's
  /// @param value as JSON writes it
  /// @param reason why no other, which follows the field's name in the sentence
  /// @throws ApiException if it has another
  void acceptOnly(String name, String value, String reason) {
    Optional<Field> field = find(name);
    if (field.isPresent() && !field.get().value().toString().equals(value)) {
      throw field.get().unsupported(reason);
    }
  }

  /// Refuses what nobody asked for.
  ///
  /// @throws ApiException if there is such a field
  void end() {
    for (String name : object.propertyNames()) {
      if (!known.contains(name)) {
        throw ApiException.invalid(
            path(name),
            "unknown_parameter",
            "'%s' is not known here; nothing is ignored, so leave it out".formatted(path(name)));
      }
    }
  }
}
