package dev.tern.tools;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import dev.tern.tools.ToolCallParser.Call;
import dev.tern.tools.ToolCallParser.Content;
import dev.tern.tools.ToolCallParser.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ToolCallParserTest {
  private static final List<ToolDefinition> TOOLS =
      Stream.of("f", "g")
          .map(name -> new ToolDefinition(name, Optional.empty(), Optional.empty()))
          .toList();

  private static final String F =
      "{\"name\": \"f\", \"arguments\": {\"x\": [1, \"}</tool_call>\"]}}";
  private static final Call CALLED_F = new Call("f", "{\"x\":[1,\"}</tool_call>\"]}");
  private static final String G = "{\"name\":\"g\",\"parameters\":{}}";
  private static final Call CALLED_G = new Call("g", "{}");

  private static String marked(String json) {
    return "<tool_call>\n" + json + "\n</tool_call>";
  }

  /// Contents that follow each other joined.
  private static List<Part> joined(List<Part> parts) {
    List<Part> joined = new ArrayList<>();
    for (Part part : parts) {
      if (part instanceof Content(String text)
          && !joined.isEmpty()
          && joined.getLast() instanceof Content(String before)) {
        joined.set(joined.size() - 1, new Content(before + text));
      } else {
        joined.add(part);
      }
    }
    return joined;
  }

  private static List<Part> read(ToolCallSyntax syntax, String... pieces) {
    ToolCallParser parser = new ToolCallParser(syntax, TOOLS);
    List<Part> parts = new ArrayList<>();
    for (String piece : pieces) {
      parts.addAll(parser.append(piece));
    }
    parts.addAll(parser.finish());
    return joined(parts);
  }

  private static List<Part> hermes(String text) {
    return read(ToolCallSyntax.HERMES, text);
  }

  private static List<Part> llama(String text) {
    return read(ToolCallSyntax.LLAMA3, text);
  }

  @Test
  void callsAreToldFromWhatIsSaidBesides() {
    assertEquals(
        List.of(new Content("Let me see."), CALLED_F, CALLED_G, new Content("\nDone. ")),
        hermes("Let me see.\n" + marked(F) + "\n" + marked(G) + "\nDone. "));
    assertEquals(List.of(CALLED_F), hermes("\n\n" + marked(F) + "\n"));
    assertEquals(
        List.of(CALLED_F, CALLED_G),
        read(ToolCallSyntax.HERMES_LIST, marked("[" + F + ", " + G + "]")));
    assertEquals(List.of(CALLED_G), hermes("<tool_call>{\"name\": \"g\"}</tool_call>"));
  }

  @Test
  void llamasAnswerIsACallWhereItBeginsWithOne() {
    assertEquals(List.of(CALLED_G, CALLED_F), llama(" " + G + "; " + F + "\n"));
    assertEquals(List.of(CALLED_G), llama("<|python_tag|>" + G));
    assertEquals(List.of(new Content("Look:"), CALLED_G), llama("Look: <|python_tag|>" + G));
    assertEquals(List.of(new Content("Look: " + G)), llama("Look: " + G));
    assertEquals(List.of(CALLED_G, new Content("; {} x")), llama(G + "; {} x"));
  }

  @Test
  void aCallAtTheEndMayLackItsLastMark() {
    assertEquals(List.of(CALLED_F), hermes("<tool_call>\n" + F + "\n"));
  }

  @Test
  void nothingIsLostOfWhatIsNoCall() {
    for (String text :
        List.of(
            marked("{\"name\": \"unknown\", \"arguments\": {}}"),
            marked("{\"name\": \"f\", \"arguments\": \"x\"}"),
            marked("{\"name\": \"f\", \"arguments\": {]}}"),
            marked("f(1)"),
            marked("[]"),
            "<tool_call>\n" + F + "</tool_cal",
            "<tool_call>\n{\"name\": \"f\"",
            "<tool_call>",
            "a < b and <tool",
            " \n",
            "{\"answer\": 1}\n")) {
      assertEquals(List.of(new Content(text)), hermes(text));
      assertEquals(List.of(new Content(text)), llama(text));
    }
    String broken = "<tool_call> <tool_call>\n{\"name\": ";
    assertEquals(
        List.of(new Content(broken + "}</tool_call>"), CALLED_G),
        hermes(broken + "}</tool_call>\n" + marked(G)));
  }

  @Test
  void textGoesThroughAsSoonAsItCanBeNoCall() {
    ToolCallParser parser = new ToolCallParser(ToolCallSyntax.HERMES, TOOLS);
    assertEquals(List.of(new Content("Hello")), parser.append("Hello "));
    assertEquals(List.of(new Content(" you")), parser.append("you <tool"));
    assertEquals(List.of(new Content(" <tools>")), parser.append("s>"));
    assertEquals(List.of(), parser.append("<tool_call>"));
    assertEquals(List.of(new Content("<tool_call>no")), parser.append("no"));
    assertEquals(List.of(), parser.finish());
  }

  @ParameterizedTest
  @EnumSource(ToolCallSyntax.class)
  void howTheTextWasCutMakesNoDifference(ToolCallSyntax syntax) {
    Random random = new Random(7);
    List<String> bits =
        List.of(
            marked(F),
            marked(G),
            F,
            G,
            "<tool_call>",
            "</tool_call>",
            "<|python_tag|>",
            " ",
            "\n",
            "; ",
            "{",
            "}",
            "\"",
            "\\",
            "text",
            "[",
            marked("[" + F + "," + G + "]"),
            "<");
    for (int i = 0; i < 2000; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(7); k >= 0; k--) {
        text.append(bits.get(random.nextInt(bits.size())));
      }
      List<String> pieces = new ArrayList<>();
      for (int from = 0; from < text.length(); ) {
        int to = Math.min(text.length(), from + 1 + random.nextInt(random.nextInt(1, 30)));
        pieces.add(text.substring(from, to));
        from = to;
      }
      assertEquals(
          read(syntax, text.toString()),
          read(syntax, pieces.toArray(String[]::new)),
          () -> String.join("|", pieces));
    }
  }
}
