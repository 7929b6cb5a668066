package dev.tern.server.openai;

import dev.tern.ModelInfo;
import dev.tern.server.api.Call;
import dev.tern.server.engine.ServedModel;
import java.time.Instant;
import java.util.Objects;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What all parts of an answer have alike.
///
/// @param id tells the answer from all others
/// @param object what kind of thing it is
/// @param created when, in seconds since 1970
/// @param model what answers
/// @param fingerprint changes with what computes: the same one, and a seed, give the same text
record Heading(String id, String object, long created, String model, String fingerprint) {
  /// {@return the heading of an answer that begins now}
  ///
  /// @param prefix of its id, for example `chatcmpl-`
  /// @param object what kind of thing it is
  /// @param call what it answers
  /// @param served what answers
  static Heading of(String prefix, String object, Call call, ServedModel served) {
    ModelInfo info = served.model().info();
    int model =
        Objects.hash(
            info.name(),
            info.architecture(),
            info.encoding(),
            info.parameters(),
            info.vocabularySize());
    return new Heading(
        prefix + call.id(),
        object,
        Instant.now().getEpochSecond(),
        served.id(),
        "fp_%08x".formatted(model));
  }

  /// {@return an object that begins with it}
  ObjectNode write() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model)
        .put("system_fingerprint", fingerprint);
  }
}
