package dev.tern.tools;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import dev.tern.grammar.Grammar;
import dev.tern.grammar.GrammarPart;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Grammars of answers that are calls of tools and nothing else.
public final class ToolCallGrammar {
  private ToolCallGrammar() {}

  /// {@return the grammar of one call, or of one or more}
  ///
  /// Arguments fit the parameters of their tool. Llama 3 calls one tool at a time in any case, as
  /// its templates write it.
  ///
  /// @param syntax how the model writes calls
  /// @param tools of which one is called each time, at least one; a single one to demand that
  /// @param parallel whether there may be several calls
  /// @throws IllegalArgumentException if there are no tools
  /// @throws dev.tern.grammar.GrammarException if the parameters of a tool have a keyword that is
  ///   not enforced; the message names tool, keyword and place
  public static Grammar of(ToolCallSyntax syntax, List<ToolDefinition> tools, boolean parallel) {
    if (tools.isEmpty()) {
      throw new IllegalArgumentException("a call needs at least one tool");
    }
    GrammarPart call =
        new GrammarPart.Choice(tools.stream().map(tool -> call(syntax, tool)).toList());
    GrammarPart marked = block("<tool_call>\n", call, "\n</tool_call>");
    return Grammar.of(
        switch (syntax) {
          case HERMES -> parallel ? repeated(marked, "\n") : marked;
          case HERMES_LIST ->
              block("<tool_call>\n[", parallel ? repeated(call, ", ") : call, "]\n</tool_call>");
          case LLAMA3 -> call;
        });
  }

  private static GrammarPart repeated(GrammarPart part, String separator) {
    GrammarPart another = GrammarPart.sequence(new GrammarPart.Text(separator), part);
    return GrammarPart.sequence(part, new GrammarPart.Many(another));
  }

  private static GrammarPart block(String open, GrammarPart part, String close) {
    return GrammarPart.sequence(new GrammarPart.Text(open), part, new GrammarPart.Text(close));
  }

  private static GrammarPart call(ToolCallSyntax syntax, ToolDefinition tool) {
    String key = syntax == ToolCallSyntax.LLAMA3 ? "parameters" : "arguments";
    String open = "{\"name\": %s, \"%s\": ".formatted(JsonWriter.write(tool.name()), key);
    return block(open, arguments(tool), "}");
  }

  private static GrammarPart arguments(ToolDefinition tool) {
    GrammarPart none = new GrammarPart.Text("{}");
    if (tool.parameters().isEmpty()) {
      return none;
    }
    String source = "the parameters of the tool '%s'".formatted(tool.name());
    String schema = tool.parameters().get();
    Map<String, JsonValue> members = Json.parse(source, schema.getBytes(UTF_8)).members();
    // What most people write for a function that takes nothing; as a schema it is any object.
    boolean takesNothing =
        members.get("properties") instanceof JsonValue.Members(var properties)
            && properties.isEmpty()
            && Set.of("type", "properties", "required", "description", "title", "$schema")
                .containsAll(members.keySet())
            && members
                .getOrDefault("required", new JsonValue.Elements(List.of()))
                .equals(new JsonValue.Elements(List.of()));
    return takesNothing ? none : new GrammarPart.Schema(source, withType(members, schema));
  }

  /// Arguments are an object, also where a schema does not say so.
  private static String withType(Map<String, JsonValue> members, String schema) {
    if (members.containsKey("type")) {
      return schema;
    }
    String rest = schema.substring(schema.indexOf('{') + 1);
    return "{\"type\":\"object\"" + (members.isEmpty() ? "" : ",") + rest;
  }
}
