package dev.tern.server.openai;

import dev.tern.grammar.Grammar;
import dev.tern.grammar.GrammarException;
import dev.tern.server.api.ApiException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Reads what a text may look like: OpenAI's `response_format`, llama.cpp's `grammar` and
/// `json_schema`. Remembers the latest grammars. Safe for use by many threads.
final class GrammarFields {
  private final GrammarCache remembered = new GrammarCache();

  /// What a text may look like.
  ///
  /// @param field who says so
  /// @param grammar fits it
  record Constraint(String field, Grammar grammar) {}

  /// {@return what a request with `response_format`, `grammar` and `json_schema` asks for; empty
  /// for any text}
  ///
  /// @param fields the request's
  /// @throws ApiException if it asks for more than one, or what it asks for cannot be enforced
  Optional<Constraint> read(Fields fields) {
    List<Constraint> constraints =
        Stream.of(
                fields.find("response_format").flatMap(field -> format(field.object())),
                fields.find("grammar").map(this::gbnf),
                fields.find("json_schema").map(this::schema))
            .flatMap(Optional::stream)
            .toList();
    if (constraints.size() > 1) {
      throw ApiException.invalid(
          constraints.get(1).field(),
          "invalid_value",
          "'%s' and '%s' both say what the text may be: give one of them"
              .formatted(constraints.get(0).field(), constraints.get(1).field()));
    }
    return constraints.stream().findFirst();
  }

  /// {@return what the field `text` of a response asks for; empty for any text}
  ///
  /// @param text its fields
  /// @throws ApiException if what it asks for cannot be enforced
  Optional<Constraint> readText(Fields text) {
    text.acceptOnly("verbosity", "\"medium\"", "must be medium: say it in the instructions");
    Optional<Constraint> constraint =
        text.find("format").flatMap(field -> textFormat(field.object()));
    text.end();
    return constraint;
  }

  private Optional<Constraint> textFormat(Fields format) {
    String type = format.require("type").oneOf("text", "json_object", "json_schema");
    if (type.equals("json_schema")) {
      return Optional.of(named(format));
    }
    format.end();
    return type.equals("text")
        ? Optional.empty()
        : Optional.of(new Constraint(format.path("type"), Grammar.jsonObject()));
  }

  private Optional<Constraint> format(Fields format) {
    Optional<Constraint> constraint =
        switch (format.require("type").oneOf("text", "json_object", "json_schema")) {
          case "text" -> Optional.empty();
          case "json_object" ->
              Optional.of(
                  format
                      .find("schema")
                      .map(this::schema)
                      .orElseGet(() -> new Constraint(format.path("type"), Grammar.jsonObject())));
          default -> Optional.of(named(format.require("json_schema").object()));
        };
    format.end();
    return constraint;
  }

  /// A schema with what OpenAI puts around it. It is enforced whether `strict` or not.
  ///
  /// @param named with `name`, `description`, `strict` and `schema`
  private Constraint named(Fields named) {
    named.require("name").text();
    named.find("description").ifPresent(Field::text);
    named.flag("strict", true);
    Constraint constraint = schema(named.require("schema"));
    named.end();
    return constraint;
  }

  private Constraint schema(Field schema) {
    schema.object();
    return read("schema ", schema, schema.value().toString(), Grammar::jsonSchema);
  }

  private Constraint gbnf(Field grammar) {
    return read("gbnf ", grammar, grammar.text(), Grammar::gbnf);
  }

  private Constraint read(String kind, Field field, String text, Function<String, Grammar> reader) {
    return new Constraint(
        field.path(), remember(field.path(), kind + text, () -> reader.apply(text)));
  }

  /// {@return a grammar, the same one where it has been wanted lately}
  ///
  /// @param field who says so
  /// @param key tells it from others
  /// @param reader makes it
  /// @throws ApiException if it is wrong or cannot be enforced
  Grammar remember(String field, String key, Supplier<Grammar> reader) {
    return remembered
        .find(key)
        .orElseGet(() -> {
          Grammar read = read(field, reader);
          remembered.add(key, read);
          return read;
        });
  }

  private static Grammar read(String field, Supplier<Grammar> reader) {
    try {
      return reader.get();
    } catch (GrammarException wrong) {
      throw ApiException.invalid(field, "invalid_grammar", EngineRefusals.message(wrong));
    }
  }
}
