package dev.tern.server.batch;

import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A request in a file: `{"custom_id": ..., "method": "POST", "url": ..., "body": {...}}`.
///
/// @param customId what the file calls it
/// @param url of the endpoint, for example `/v1/chat/completions`
/// @param body what is asked
record BatchLine(String customId, String url, ObjectNode body) {
  private static final Set<String> FIELDS = Set.of("custom_id", "method", "url", "body");

  /// {@return a line}
  ///
  /// @param json as it was read
  /// @param urls that are answered
  /// @throws BatchFileException if it is not as it should be; the message does not say where
  static BatchLine of(JsonNode json, Set<String> urls) {
    if (!(json instanceof ObjectNode line)) {
      throw new BatchFileException("a line must be a JSON object, not " + json.getNodeType());
    }
    for (String field : line.propertyNames()) {
      if (!FIELDS.contains(field)) {
        throw new BatchFileException("unknown field '%s'".formatted(field));
      }
    }
    String customId = text(line, "custom_id");
    String method = text(line, "method");
    if (!method.equals("POST")) {
      throw new BatchFileException("method must be POST, not '%s'".formatted(method));
    }
    String url = text(line, "url");
    if (!urls.contains(url)) {
      throw new BatchFileException(
          "url must be one of %s, not '%s'"
              .formatted(String.join(", ", urls.stream().sorted().toList()), url));
    }
    if (!(line.get("body") instanceof ObjectNode body)) {
      throw new BatchFileException("body must be a JSON object");
    }
    if (body.path("stream").asBoolean(false)) {
      throw new BatchFileException("body.stream must not be true: a file has no streams");
    }
    return new BatchLine(customId, url, body);
  }

  private static String text(ObjectNode line, String field) {
    JsonNode value = line.get(field);
    if (value == null || !value.isString() || value.stringValue().isEmpty()) {
      throw new BatchFileException("%s must be a text".formatted(field));
    }
    return value.stringValue();
  }
}
