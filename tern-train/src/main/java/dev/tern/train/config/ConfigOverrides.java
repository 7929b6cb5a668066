package dev.tern.train.config;

import dev.tern.train.config.ConfigNode.Member;
import dev.tern.train.config.ConfigNode.Place;
import dev.tern.train.config.ConfigNode.Section;
import dev.tern.train.config.ConfigNode.Several;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Settings of a command line, `run.steps=100`, put over those of a file.
final class ConfigOverrides {
  private ConfigOverrides() {}

  /// {@return the settings with others put over them}
  ///
  /// @param base what relative paths in them are relative to
  static Section apply(Section root, List<String> overrides, Path base) {
    Section changed = root;
    for (String override : overrides) {
      int equals = override.indexOf('=');
      Place place = new Place("--set " + override, base);
      if (equals <= 0) {
        throw place.refuse("write KEY=VALUE, for example run.steps=100");
      }
      ConfigNode value = ConfigYaml.read(override.substring(equals + 1), _ -> place);
      String[] keys = override.substring(0, equals).strip().split("\\.", -1);
      changed = (Section) put(changed, List.of(keys), value, place);
    }
    return changed;
  }

  private static ConfigNode put(ConfigNode node, List<String> keys, ConfigNode value, Place place) {
    if (keys.isEmpty()) {
      return value;
    }
    String key = keys.getFirst();
    List<String> rest = keys.subList(1, keys.size());
    return switch (node) {
      case Section section -> {
        Map<String, Member> members = new LinkedHashMap<>(section.members());
        Member there = members.get(key);
        ConfigNode below = there == null ? new Section(Map.of(), place) : there.node();
        members.put(key, new Member(place, put(below, rest, value, place)));
        yield new Section(members, section.place());
      }
      case Several several -> {
        List<ConfigNode> items = new ArrayList<>(several.items());
        int index = key.matches("[0-9]{1,6}") ? Integer.parseInt(key) : -1;
        if (index < 0 || index >= items.size()) {
          throw place.refuse(
              "%s is no number of an item; there are %d, from 0".formatted(key, items.size()));
        }
        items.set(index, put(items.get(index), rest, value, place));
        yield new Several(items, several.place());
      }
      case ConfigNode.Nothing _ -> put(new Section(Map.of(), place), keys, value, place);
      case ConfigNode.Value _ ->
          throw place.refuse("there is nothing below %s to set %s of".formatted(node.kind(), key));
    };
  }
}
