package dev.tern.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import dev.tern.json.JsonWriter;
import dev.tern.tools.ToolCallParser.Call;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads the JSON of calls.
///
/// @param names of the tools that may be called
record CalledTools(Set<String> names) {
  /// {@return the calls in a JSON object or a list of such; none if it is anything else}
  List<Call> read(String json) {
    try {
      JsonView view = Json.parse("a call", json.getBytes(UTF_8));
      List<JsonView> objects =
          view.value() instanceof JsonValue.Elements ? view.elements() : List.of(view);
      List<Call> calls = new ArrayList<>();
      for (JsonView object : objects) {
        calls.add(call(object));
      }
      return calls;
    } catch (ModelFormatException _) {
      // Models write many things that look like a call.
      return List.of();
    }
  }

  private Call call(JsonView object) {
    String name = object.get("name").string();
    if (!names.contains(name)) {
      throw object.wrong("a call of a known tool");
    }
    // Models mix the two words up.
    JsonValue.Members nothing = new JsonValue.Members(Map.of());
    JsonView arguments =
        object
            .find("arguments")
            .or(() -> object.find("parameters"))
            .orElse(new JsonView(object.source(), object.path(), nothing));
    if (!(arguments.value() instanceof JsonValue.Members)) {
      throw arguments.wrong("an object");
    }
    return new Call(name, JsonWriter.write(arguments.value()));
  }
}
