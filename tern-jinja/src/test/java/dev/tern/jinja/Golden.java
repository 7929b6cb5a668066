package dev.tern.jinja;

import dev.tern.ModelFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What Jinja2 made of templates; `make_golden.py` beside the file says how.
final class Golden {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-03-05T07:08:09Z"), ZoneOffset.UTC);

  private Golden() {}

  static JsonNode expected() throws IOException {
    return JsonMapper.shared().readTree(text("expected.json"));
  }

  static String text(String resource) throws IOException {
    try (InputStream in = Golden.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  static Value value(JsonNode json) {
    return switch (json.getNodeType()) {
      case NULL -> Values.NONE;
      case BOOLEAN -> Values.of(json.booleanValue());
      case NUMBER ->
          json.isIntegralNumber()
              ? new Value.Int(json.longValue())
              : new Value.Real(json.doubleValue());
      case STRING -> new Value.Text(json.stringValue());
      case ARRAY -> {
        List<Value> values = new ArrayList<>();
        json.forEach(each -> values.add(value(each)));
        yield Values.listOf(values);
      }
      default -> {
        Map<String, Value> entries = new LinkedHashMap<>();
        json.properties().forEach(each -> entries.put(each.getKey(), value(each.getValue())));
        yield new Value.Dict(entries);
      }
    };
  }

  /// {@return what a template makes of an object's values, or a complaint that begins with
  /// `refused: `}
  static String render(String template, JsonNode variables) {
    Scope scope = new Scope(null);
    variables.properties().forEach(each -> scope.set(each.getKey(), value(each.getValue())));
    try {
      return new Jinja2Renderer(CLOCK).render("model.gguf", template, scope, 1000);
    } catch (ModelFormatException wrong) {
      return "refused: " + wrong.getMessage();
    }
  }
}
