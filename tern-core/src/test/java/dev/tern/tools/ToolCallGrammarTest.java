package dev.tern.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import dev.tern.grammar.Grammar;
import dev.tern.grammar.GrammarException;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tools.ToolCallParser.Call;
import dev.tern.tools.ToolCallParser.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolCallGrammarTest {
  private static final ToolDefinition WEATHER =
      new ToolDefinition(
          "weather",
          "Tells the weather.",
          "{\"properties\": {\"city\": {\"$ref\": \"#/$defs/city\"}}, \"required\": [\"city\"], \"$defs\": {\"city\": {\"enum\": [\"Rome\", \"Oslo\"]}}}");

  private static final ToolDefinition CLOCK =
      new ToolDefinition("clock", "Tells the time.", "{\"type\": \"object\", \"properties\": {}}");

  private static final List<ToolDefinition> TOOLS = List.of(WEATHER, CLOCK);
  private static final String CLOCK_CALL =
      "<tool_call>\n{\"name\": \"clock\", \"arguments\": {}}\n</tool_call>";

  @TempDir private Path folder;

  @Test
  void callsAreWrittenAsTheModelWritesThem() {
    Grammar one = ToolCallGrammar.of(ToolCallSyntax.HERMES, TOOLS, false);
    Grammar several = ToolCallGrammar.of(ToolCallSyntax.HERMES, TOOLS, true);
    assertTrue(one.matches(CLOCK_CALL));
    assertTrue(
        one.matches(
            "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\":\"Oslo\"}}\n</tool_call>"));
    assertFalse(one.matches(CLOCK_CALL + "\n" + CLOCK_CALL));
    assertTrue(several.matches(CLOCK_CALL + "\n" + CLOCK_CALL));
    assertFalse(several.matches("Hm. " + CLOCK_CALL));
    assertFalse(several.matches(""));
    assertTrue(
        ToolCallGrammar.of(ToolCallSyntax.HERMES_LIST, TOOLS, true)
            .matches(
                "<tool_call>\n[{\"name\": \"clock\", \"arguments\": {}}, {\"name\": \"clock\", \"arguments\": {}}]\n</tool_call>"));
    assertTrue(
        ToolCallGrammar.of(ToolCallSyntax.LLAMA3, TOOLS, true)
            .matches("{\"name\": \"clock\", \"parameters\": {}}"));
  }

  @Test
  void argumentsFitTheirOwnTool() {
    Grammar grammar = ToolCallGrammar.of(ToolCallSyntax.LLAMA3, TOOLS, false);
    assertFalse(grammar.matches("{\"name\": \"clock\", \"parameters\": {\"city\":\"Oslo\"}}"));
    assertFalse(grammar.matches("{\"name\": \"weather\", \"parameters\": {}}"));
    assertFalse(grammar.matches("{\"name\": \"weather\", \"parameters\": {\"city\":\"Ulm\"}}"));
  }

  @Test
  void aKeywordThatIsNotEnforcedIsNamedWithItsToolAndPlace() {
    ToolDefinition tool =
        new ToolDefinition(
            "odd", "", "{\"type\":\"object\",\"properties\":{\"n\":{\"multipleOf\":2}}}");
    String why =
        assertThrows(
                GrammarException.class,
                () -> ToolCallGrammar.of(ToolCallSyntax.HERMES, List.of(CLOCK, tool), false))
            .getMessage();
    assertTrue(why.contains("'odd'"), why);
    assertTrue(why.contains("properties.n"), why);
    assertTrue(why.contains("'multipleOf'"), why);
  }

  @Test
  void whatIsForcedIsReadAsCalls() throws IOException {
    Path path = folder.resolve("tiny.gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(path);
    try (TernModel model =
        TernModel.load(path, LoadOptions.defaults().withKernels(KernelChoice.SCALAR))) {
      for (ToolCallSyntax syntax : ToolCallSyntax.values()) {
        Grammar grammar = ToolCallGrammar.of(syntax, TOOLS, false);
        for (int seed = 0; seed < 5; seed++) {
          GenerationOptions options =
              GenerationOptions.builder()
                  .grammar(grammar)
                  .temperature(1.5f)
                  .seed(seed)
                  .maxTokens(250)
                  .build();
          GenerationResult result = model.generate("A ", options);
          assertEquals(StopReason.GRAMMAR_COMPLETE, result.stopReason(), result.text());
          ToolCallParser parser = new ToolCallParser(syntax, TOOLS);
          List<Part> parts = new ArrayList<>(parser.append(result.text()));
          parts.addAll(parser.finish());
          assertEquals(1, parts.size(), result.text());
          assertInstanceOf(Call.class, parts.getFirst(), result.text());
        }
      }
    }
  }

  @Test
  void aToolWithoutParametersTakesNone() {
    ToolDefinition bare = new ToolDefinition("bare", Optional.empty(), Optional.empty());
    Grammar grammar = ToolCallGrammar.of(ToolCallSyntax.LLAMA3, List.of(bare), false);
    assertTrue(grammar.matches("{\"name\": \"bare\", \"parameters\": {}}"));
    assertFalse(grammar.matches("{\"name\": \"bare\", \"parameters\": {\"a\":1}}"));
  }
}
