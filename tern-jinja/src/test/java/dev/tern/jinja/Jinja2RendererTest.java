package dev.tern.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.ModelFormatException;
import dev.tern.chat.JinjaRenderer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class Jinja2RendererTest {
  private static final List<Map<String, ?>> HI = List.of(message("user", "Hi"));

  private static Map<String, ?> message(String role, String content) {
    Map<String, String> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private static String render(String template, List<Map<String, ?>> messages) {
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("bos_token", "<s>");
    variables.put("messages", messages);
    variables.put("tools", null);
    variables.put("add_generation_prompt", true);
    return new Jinja2Renderer(Golden.CLOCK).render("m.gguf", template, variables);
  }

  private static String complaint(String template) {
    return assertThrows(ModelFormatException.class, () -> render(template, HI)).getMessage();
  }

  @Test
  void isFoundAsAService() {
    assertInstanceOf(
        Jinja2Renderer.class, ServiceLoader.load(JinjaRenderer.class).findFirst().orElseThrow());
  }

  @Test
  void givesTemplatesWhatTransformersGives() {
    String template =
        "{{ bos_token }}|{{ messages }}|{{ add_generation_prompt }}|{{ tools }}|{{ documents }}|{{ eos_token is defined }}|{{ strftime_now('%d.%m.%Y') }}";
    assertEquals(
        "<s>|[{'role': 'user', 'content': 'Hi'}]|True|None|None|False|05.03.2026",
        render(template, HI));
  }

  @Test
  void valuesAreThoseOfPython() {
    Map<String, Object> value = new LinkedHashMap<>();
    value.put("list", List.of(1L, 2.0, true, "x"));
    value.put("nothing", null);
    assertEquals(
        "{'list': [1, 2.0, True, 'x'], 'nothing': None}|{\"list\": [1, 2.0, true, \"x\"], \"nothing\": null}",
        new Jinja2Renderer()
            .render("m.gguf", "{{ value }}|{{ value | tojson }}", Map.of("value", value)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Jinja2Renderer().render("m.gguf", "", Map.of("value", new Object())));
  }

  @Test
  void whatAPersonTypesIsNeverATemplate() {
    assertEquals(
        "{{ 7*7 }}{% x %}",
        render("{{ messages[0].content }}", List.of(message("user", "{{ 7*7 }}{% x %}"))));
  }

  @Test
  void refusalsOfTheTemplateSayWhyAndWhereAndWhatToDo() {
    assertEquals(
        "m.gguf: the chat template cannot be used: line 3: it refuses the conversation: no system prompt; choose another by name with --chat-template",
        complaint(
            "a\n{% for m in messages %}\n{{ raise_exception('no system prompt') }}{% endfor %}"));
  }

  @Test
  void whatIsWrongWithATemplateIsSaidWithItsLine() {
    assertEquals(
        "m.gguf: the chat template cannot be used: line 2: the filter 'wordcount' is not supported by Tern; choose another by name with --chat-template",
        complaint("x\n{{ messages | wordcount }}"));
    assertEquals(
        "m.gguf: the chat template cannot be used: line 2: expected '%}', found 'then'; choose another by name with --chat-template",
        complaint("x\n{% if true then %}"));
  }

  @Test
  void longConversationsFitTheBudget() {
    String content = "All work and no play makes Jack a dull boy. ".repeat(25_000);
    List<Map<String, ?>> messages =
        List.of(message("user", content), message("assistant", content), message("user", content));
    String template =
        "{% for m in messages %}{{ '<' + m.role + '>' + m.content | trim + '</think>' in m.content }}{{ m.content.split('</think>')[-1].strip() ~ '\\n' }}{% endfor %}";
    assertEquals(3 * (content.length() + "False".length()), render(template, messages).length());
  }
}
