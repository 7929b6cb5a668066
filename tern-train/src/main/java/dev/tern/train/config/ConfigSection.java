package dev.tern.train.config;

import dev.tern.train.config.ConfigNode.Member;
import dev.tern.train.config.ConfigNode.Nothing;
import dev.tern.train.config.ConfigNode.Place;
import dev.tern.train.config.ConfigNode.Section;
import dev.tern.train.config.ConfigNode.Several;
import dev.tern.train.config.ConfigNode.Value;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The settings of one section, read as what they have to be. Every complaint says where.
final class ConfigSection {
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+(_[0-9]+)*");
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+(_[0-9]+)*(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  private final String path;
  private final String keys;
  private final Section section;

  /// Checks that there are no other keys than those that are known.
  ///
  /// @param path the section's place among all
  /// @param keys the name under which its keys are known
  ConfigSection(String path, String keys, Section section) {
    this.path = path;
    this.keys = keys;
    this.section = section;
    section.members().forEach(this::requireKnown);
  }

  private void requireKnown(String key, Member member) {
    if (ConfigKeys.of(keys).contains(key)) {
      return;
    }
    String known =
        ConfigKeys.meant(keys, key)
            .map("did you mean %s?"::formatted)
            .orElseGet(() -> "there are: " + String.join(", ", ConfigKeys.of(keys)));
    throw member
        .place()
        .refuse("%s is no setting; %s".formatted(ConfigKeys.path(path, key), known));
  }

  /// {@return the settings below a key; none if it is not there}
  ConfigSection section(String key) {
    String below = ConfigKeys.path(path, key);
    return switch (node(key).orElse(new Section(Map.of(), section.place()))) {
      case Section found -> new ConfigSection(below, below, found);
      case ConfigNode other -> throw wrong(key, other, "settings below it");
    };
  }

  boolean has(String key) {
    return section.members().containsKey(key);
  }

  int whole(String key, int standard) {
    return value(key).map(value -> (int) whole(key, value, Integer.MAX_VALUE)).orElse(standard);
  }

  int requireWhole(String key) {
    return (int) whole(key, require(key), Integer.MAX_VALUE);
  }

  long longWhole(String key, long standard) {
    return value(key).map(value -> whole(key, value, Long.MAX_VALUE)).orElse(standard);
  }

  private long whole(String key, Value value, long most) {
    if (!WHOLE.matcher(value.text()).matches()) {
      throw wrong(key, value, "a whole number, such as 1000 or 1_000");
    }
    try {
      long number = Long.parseLong(value.text().replace("_", ""));
      if (number >= -most && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Reported below, like a number out of range.
    }
    throw wrong(key, value, "a whole number of at most " + most);
  }

  double number(String key, double standard) {
    return value(key).map(value -> number(key, value)).orElse(standard);
  }

  private double number(String key, Value value) {
    if (!NUMBER.matcher(value.text()).matches()) {
      throw wrong(key, value, "a number, such as 0.5 or 1.5e-3");
    }
    return Double.parseDouble(value.text().replace("_", ""));
  }

  boolean flag(String key, boolean standard) {
    return value(key)
        .map(value ->
            switch (value.text().toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw wrong(key, value, "true or false");
            })
        .orElse(standard);
  }

  <E extends Enum<E>> E choice(String key, Class<E> type, E standard) {
    return value(key).map(value -> choice(key, value, type)).orElse(standard);
  }

  <E extends Enum<E>> E requireChoice(String key, Class<E> type) {
    return choice(key, require(key), type);
  }

  private <E extends Enum<E>> E choice(String key, Value value, Class<E> type) {
    E[] constants = type.getEnumConstants();
    return Arrays.stream(constants)
        .filter(one -> letters(one.name()).equals(letters(value.text())))
        .findFirst()
        .orElseThrow(() ->
            wrong(
                key,
                value,
                Arrays.stream(constants)
                    .map(one -> one.name().toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining(" or "))));
  }

  /// `byte-level`, `byte_level` and `ByteLevel` are the same name.
  private static String letters(String name) {
    return name.replace("_", "").replace("-", "").toLowerCase(Locale.ROOT);
  }

  Optional<String> text(String key) {
    return value(key).map(Value::text);
  }

  String text(String key, String standard) {
    return text(key).orElse(standard);
  }

  Optional<Path> path(String key) {
    return value(key).map(value -> path(key, value));
  }

  Path requirePath(String key) {
    return path(key, require(key));
  }

  /// {@return the path that a value is, relative to where it was written}
  Path path(String key, Value value) {
    String text = value.text();
    if (text.isEmpty()) {
      throw wrong(key, value, "the path of a file or folder");
    }
    try {
      Path home = Path.of(System.getProperty("user.home"));
      Path written =
          text.startsWith("~/") || text.startsWith("~\\")
              ? home.resolve(text.substring(2))
              : Path.of(text);
      return value.place().base().resolve(written).normalize();
    } catch (InvalidPathException _) {
      throw wrong(key, value, "the path of a file or folder");
    }
  }

  /// {@return the items of a list, each read by a function of its key and itself; a single one
  /// needs no list}
  <T> List<T> several(String key, BiFunction<String, ConfigNode, T> read) {
    Optional<ConfigNode> node = node(key);
    if (node.isEmpty()) {
      return List.of();
    }
    if (!(node.get() instanceof Several list)) {
      return List.of(read.apply(key, node.get()));
    }
    return java.util.stream.IntStream.range(0, list.items().size())
        .mapToObj(i -> read.apply("%s.%d".formatted(key, i), list.items().get(i)))
        .toList();
  }

  /// {@return a value}
  ///
  /// @param what it should be
  Value requireValue(String key, ConfigNode node, String what) {
    if (node instanceof Value value) {
      return value;
    }
    throw wrong(key, node, what);
  }

  private Optional<ConfigNode> node(String key) {
    return Optional.ofNullable(section.members().get(key)).map(Member::node);
  }

  private Optional<Value> value(String key) {
    return node(key).map(node -> requireValue(key, node, "one value"));
  }

  private Value require(String key) {
    return value(key)
        .orElseThrow(() ->
            section
                .place()
                .refuse(
                    "%s is missing; 'tern train --example' prints a configuration with everything"
                        .formatted(ConfigKeys.path(path, key))));
  }

  private ConfigException wrong(String key, ConfigNode found, String what) {
    String problem =
        found instanceof Nothing
            ? "there is no value; write %s, or leave the key out".formatted(what)
            : "%s is not %s".formatted(found.kind(), what);
    return found.place().refuse("%s: %s".formatted(ConfigKeys.path(path, key), problem));
  }

  /// {@return a complaint about a setting}
  ConfigException refuse(String key, String problem) {
    return place(key).refuse("%s: %s".formatted(ConfigKeys.path(path, key), problem));
  }

  private Place place(String key) {
    return Optional.ofNullable(section.members().get(key))
        .map(Member::place)
        .orElse(section.place());
  }

  /// {@return what is made of settings; a complaint about one of them gets the place where it was
  /// written}
  <T> T make(Supplier<T> maker) {
    try {
      return maker.get();
    } catch (ConfigException refusal) {
      if (refusal.isLocated()) {
        throw refusal;
      }
      String message = String.valueOf(refusal.getMessage());
      String named = message.substring(0, Math.max(0, message.indexOf(':')));
      String key = named.substring(named.lastIndexOf('.') + 1);
      ConfigException located = place(key).refuse(message);
      located.initCause(refusal);
      throw located;
    }
  }
}
