package dev.tern.train.config;

import dev.tern.train.config.ConfigNode.Member;
import dev.tern.train.config.ConfigNode.Nothing;
import dev.tern.train.config.ConfigNode.Place;
import dev.tern.train.config.ConfigNode.Section;
import dev.tern.train.config.ConfigNode.Several;
import dev.tern.train.config.ConfigNode.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLParser;

/// Reads YAML and keeps where everything was written. Only what a configuration needs: one
/// document, no aliases, no key twice.
final class ConfigYaml {
  private static final YAMLFactory YAML = new YAMLFactory();

  private final YAMLParser parser;
  private final IntFunction<Place> places;

  private ConfigYaml(YAMLParser parser, IntFunction<Place> places) {
    this.parser = parser;
    this.places = places;
  }

  /// {@return what a text says}
  ///
  /// @param places where a line is, from 1
  /// @throws ConfigException if it is no YAML, or more of YAML than is understood
  static ConfigNode read(String text, IntFunction<Place> places) {
    try (JsonParser parser = YAML.createParser(ObjectReadContext.empty(), text)) {
      return new ConfigYaml((YAMLParser) parser, places).document();
    } catch (JacksonException noYaml) {
      int line = noYaml.getLocation() == null ? 1 : Math.max(1, noYaml.getLocation().getLineNr());
      throw new ConfigException(
          "%s: this is no YAML: %s"
              .formatted(places.apply(line).source(), problem(noYaml.getOriginalMessage())),
          noYaml);
    }
  }

  /// The parser draws pictures below its sentences; the last sentence names the problem.
  private static String problem(String message) {
    return Objects.toString(message, "")
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith(" "))
        .reduce((_, last) -> last)
        .orElse("it cannot be read");
  }

  private ConfigNode document() {
    ConfigNode node = parser.nextToken() == null ? new Nothing(places.apply(1)) : node();
    if (parser.nextToken() != null) {
      throw here().refuse("another document begins here (---); a configuration is one");
    }
    return node;
  }

  private Place here() {
    return places.apply(Math.max(1, parser.currentTokenLocation().getLineNr()));
  }

  private ConfigNode node() {
    Place place = here();
    if (parser.isCurrentAlias()) {
      throw place.refuse("an alias (*) is not understood; write the value out");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> section(place);
      case START_ARRAY -> several(place);
      case VALUE_NULL -> new Nothing(place);
      default -> new Value(parser.getString(), place);
    };
  }

  private Section section(Place place) {
    Map<String, Member> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      Place keyPlace = here();
      parser.nextToken();
      Member earlier = members.put(key, new Member(keyPlace, node()));
      if (earlier != null) {
        throw keyPlace.refuse(
            "the key %s is there already, at %s; one of them has to go"
                .formatted(key, earlier.place().source()));
      }
    }
    return new Section(members, place);
  }

  private Several several(Place place) {
    List<ConfigNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node());
    }
    return new Several(items, place);
  }
}
