package dev.tern.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.tern.ModelFormatException;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.JinjaRenderer;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class Jinja2RendererTest {
  private static final List<ChatMessage> HI = List.of(ChatMessage.user("Hi"));

  private static String render(String template, List<ChatMessage> messages) {
    return new Jinja2Renderer(Golden.CLOCK)
        .render("m.gguf", template, messages, true, Map.of("bos_token", "<s>"));
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
  void whatAPersonTypesIsNeverATemplate() {
    assertEquals(
        "{{ 7*7 }}{% x %}",
        render("{{ messages[0].content }}", List.of(ChatMessage.user("{{ 7*7 }}{% x %}"))));
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
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user(content), ChatMessage.assistant(content), ChatMessage.user(content));
    String template =
        "{% for m in messages %}{{ '<' + m.role + '>' + m.content | trim + '</think>' in m.content }}{{ m.content.split('</think>')[-1].strip() ~ '\\n' }}{% endfor %}";
    assertEquals(3 * (content.length() + "False".length()), render(template, messages).length());
  }
}
