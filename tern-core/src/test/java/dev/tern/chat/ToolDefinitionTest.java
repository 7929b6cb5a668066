package dev.tern.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolDefinitionTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "{} {}", "{\"type\": \"string\"}", "{\"type\": 1}"})
  void parametersThatAreNoSchemaOfAnObjectAreRefusedWithTheTool(String parameters) {
    String why =
        assertThrows(ToolsException.class, () -> new ToolDefinition("clock", "", parameters))
            .getMessage();
    assertTrue(why.contains("'clock'"), why);
  }

  @Test
  void aToolNeedsANameOfItsOwn() {
    assertThrows(
        ToolsException.class, () -> new ToolDefinition("", Optional.empty(), Optional.empty()));
    ToolDefinition tool = new ToolDefinition("clock", Optional.empty(), Optional.empty());
    String why =
        assertThrows(ToolsException.class, () -> new Conversation(List.of(), List.of(tool, tool)))
            .getMessage();
    assertEquals("two tools are called 'clock'", why);
  }

  @Test
  void onlyTheModelCallsAndOnlyToolsAnswer() {
    List<ToolCall> calls = List.of(new ToolCall("1", "clock", "{}"));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ChatMessage(Role.USER, "", calls, Optional.empty(), Optional.empty()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new ChatMessage(Role.USER, "", List.of(), Optional.of("1"), Optional.empty()));
  }
}
