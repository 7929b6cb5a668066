package dev.tern.train.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A part of a configuration, and where it was written.
///
/// Values are texts; what kind of value a text has to be is known only where it is used.
sealed interface ConfigNode {
  /// {@return where it was written}
  Place place();

  /// Where something was written.
  ///
  /// @param source a file with a line, or an option
  /// @param base what relative paths are relative to
  record Place(String source, Path base) {
    ConfigException refuse(String problem) {
      return new ConfigException(source, problem);
    }
  }

  /// One value.
  ///
  /// @param text the value without quotes
  record Value(String text, Place place) implements ConfigNode {}

  /// A key without a value.
  record Nothing(Place place) implements ConfigNode {}

  /// Several values in order.
  record Several(List<ConfigNode> items, Place place) implements ConfigNode {}

  /// Values by keys. Mutable, so that options can be put over a file's settings.
  record Section(Map<String, Member> members, Place place) implements ConfigNode {}

  /// What stands under a key.
  ///
  /// @param place of the key
  /// @param node what stands there
  record Member(Place place, ConfigNode node) {}

  /// {@return what it is, for messages}
  default String kind() {
    return switch (this) {
      case Value value -> "'%s'".formatted(value.text());
      case Nothing _ -> "nothing";
      case Several _ -> "a list";
      case Section _ -> "a group of settings";
    };
  }
}
