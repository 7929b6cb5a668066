package dev.tern.cli;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// JSON for programs that read what a command prints.
final class Json {
  private Json() {}

  /// {@return indented JSON}
  ///
  /// @param value records, maps, lists, texts, numbers
  static String format(Object value) {
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsString(value);
  }
}
