package dev.tern.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Renderings are those of Jinja2, character for character, and what fails there fails here.
class GoldenTest {
  private static JsonNode expected;

  @BeforeAll
  static void read() throws IOException {
    expected = Golden.expected();
  }

  @TestFactory
  Stream<DynamicTest> templatesOfModelFamilies() throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode family : expected.get("families")) {
      String name = family.get("template").stringValue();
      String template = Golden.text("templates/" + name);
      tests.add(DynamicTest.dynamicTest(name, () -> checkFamily(template, family.get("results"))));
    }
    assertTrue(tests.size() >= 16);
    return tests.stream();
  }

  private static void checkFamily(String template, JsonNode results) {
    int at = 0;
    for (JsonNode messages : expected.get("conversations")) {
      for (boolean prompt : new boolean[] {true, false}) {
        ObjectNode variables = JsonMapper.shared().createObjectNode();
        variables.put("bos_token", "<s>").put("eos_token", "</s>").putNull("tools");
        variables.putNull("documents").put("add_generation_prompt", prompt);
        variables.set("messages", messages);
        check(template, variables, results.get(at++), false);
      }
    }
    assertEquals(results.size(), at);
  }

  @TestFactory
  Stream<DynamicTest> snippets() {
    return StreamSupport.stream(expected.get("snippets").spliterator(), false)
        .map(snippet -> {
          String template = snippet.get("template").stringValue();
          return DynamicTest.dynamicTest(
              template,
              () -> check(template, expected.get("variables"), snippet.get("result"), true));
        });
  }

  @TestFactory
  Stream<DynamicTest> everyOperatorFilterAndTestOnEveryKindOfValue() {
    return StreamSupport.stream(expected.get("products").spliterator(), false)
        .map(product ->
            DynamicTest.dynamicTest(
                product.get("form").stringValue(), () -> checkProduct(product)));
  }

  private static void checkProduct(JsonNode product) {
    JsonNode values = expected.get("values");
    JsonNode variables = expected.get("variables");
    for (int a = 0; a < values.size(); a++) {
      String template = product.get("form").stringValue().replace("A", values.get(a).stringValue());
      JsonNode result = product.get("results").get(a);
      if (!result.isArray()) {
        check(template, variables, result, true);
      } else {
        for (int b = 0; b < values.size(); b++) {
          String both = template.replace("B", values.get(b).stringValue());
          check(both, variables, result.get(b), true);
        }
      }
    }
  }

  /// @param mayBeRefused whether Tern may say that it does not do what Jinja2 does
  private static void check(
      String template, JsonNode variables, JsonNode result, boolean mayBeRefused) {
    String rendered = Golden.render(template, variables);
    if (result.isNull()) {
      assertTrue(rendered.startsWith("refused: "), () -> template + " gives " + rendered);
    } else if (!mayBeRefused || !rendered.contains("not supported by Tern")) {
      assertEquals(result.stringValue(), rendered, () -> template + " with " + variables);
    }
  }

  @TestFactory
  Stream<DynamicTest> whatIsNotSupportedIsRefusedByName() {
    return StreamSupport.stream(expected.get("refused").spliterator(), false)
        .map(JsonNode::stringValue)
        .map(template ->
            DynamicTest.dynamicTest(
                template,
                () -> {
                  String rendered = Golden.render(template, expected.get("variables"));
                  assertTrue(rendered.startsWith("refused: "), rendered);
                  assertTrue(
                      rendered.contains("not supported by Tern") || rendered.contains("too large"),
                      rendered);
                }));
  }

  @Test
  void lettersOfOtherAlphabetsChangeCaseAsInPython() {
    String[] forms = {
      "{{ c }}",
      "{{ c.upper() }}",
      "{{ c.lower() }}",
      "{{ c.title() }}",
      "{{ ('a' ~ c).title() }}",
      "{{ c.capitalize() }}",
      "{{ c.strip() }}"
    };
    for (JsonNode letter : expected.get("cases")) {
      ObjectNode variables = JsonMapper.shared().createObjectNode();
      variables.set("c", letter.get(0));
      for (int i = 0; i < forms.length; i++) {
        assertEquals(letter.get(i).stringValue(), Golden.render(forms[i], variables), forms[i]);
      }
    }
  }
}
