package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import dev.tern.tools.ToolCallParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SpeechTest {
  private static final String TWO_CALLS =
      "Let me see.<tool_call>{\"name\": \"time\", \"arguments\":"
          + " {}}</tool_call><tool_call>{\"name\": \"time\", \"arguments\": {\"zone\":"
          + " 1}}</tool_call>";

  private static Speech speech(boolean parallel) {
    ToolDefinition tool = new ToolDefinition("time", Optional.empty(), Optional.empty());
    return new Speech(
        Optional.of(new ToolCallParser(ToolCallSyntax.HERMES, List.of(tool))), parallel, "call_x");
  }

  private static List<Speech.Part> all(Speech speech) {
    List<Speech.Part> parts = new ArrayList<>(speech.append(TWO_CALLS));
    parts.addAll(speech.finish());
    return parts;
  }

  @Test
  void callsHaveNumbersAndIds() {
    Speech speech = speech(true);
    assertEquals(
        List.of(
            new Speech.Content("Let me see."),
            new Speech.Call(0, "call_x_0", "time", "{}"),
            new Speech.Call(1, "call_x_1", "time", "{\"zone\":1}")),
        all(speech));
    assertTrue(speech.called());
  }

  @Test
  void onlyTheFirstCallCountsWhereThereMayBeOne() {
    assertEquals(
        List.of(new Speech.Content("Let me see."), new Speech.Call(0, "call_x_0", "time", "{}")),
        all(speech(false)));
  }

  @Test
  void withoutToolsAllIsWords() {
    Speech speech = new Speech(Optional.empty(), true, "call_x");
    assertEquals(List.of(new Speech.Content(TWO_CALLS)), all(speech));
    assertFalse(speech.called());
    assertEquals(List.of(), speech.append(""));
  }
}
