package dev.tern.jinja;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/// Whatever a model file has for a template, it ends, soon and without harm.
class HostileTemplatesTest {
  private static final List<Map<String, String>> MESSAGES =
      List.of(
          Map.of("role", "system", "content", "Be brief."),
          Map.of("role", "user", "content", "Hi"));

  /// So long that only what never ends, or nearly, takes it on the slowest machine.
  private static final Duration EVER = Duration.ofMinutes(2);

  /// Half of what threads have by default on the platforms that have the least.
  private static final int STACK_BYTES = 512 << 10;

  private static String render(String template) {
    return new Jinja2Renderer().render("evil.gguf", template, Map.of("messages", MESSAGES));
  }

  /// Runs on a small stack; what is thrown there is thrown here.
  private static void onSmallStack(Executable task) throws Throwable {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable run =
        () -> {
          try {
            task.execute();
            done.complete(null);
          } catch (Throwable failure) {
            done.completeExceptionally(failure);
          }
        };
    Thread thread = new Thread(null, run, "small stack", STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
    try {
      done.get(EVER.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException failure) {
      throw failure.getCause();
    }
  }

  private static Map<String, String> hostile() {
    Map<String, String> templates = new LinkedHashMap<>();
    String loops = "{% for a in range(99999) %}".repeat(5);
    templates.put("loops in loops", loops + "x" + "{% endfor %}".repeat(5));
    templates.put("loops that write nothing", loops + "{% endfor %}".repeat(5));
    templates.put("a huge range", "{{ range(1000000000) | list }}");
    templates.put("a huge range backwards", "{{ range(0, -9000000000000000000, -1) | list }}");
    templates.put(
        "a range that overflows",
        "{{ range(9223372036854775806, 9223372036854775807, 5) | length }}{{ range(0) }}");
    templates.put("a huge repetition", "{{ 'a' * 10 ** 9 }}");
    templates.put("a repetition beyond 64 bits", "{{ 'abc' * 9223372036854775807 }}");
    templates.put("a huge repetition of nothing in a list", "{{ [''] * 10 ** 9 }}");
    templates.put("a repeated repetition", "{{ 'a' * 9999999 * 9999999 }}");
    templates.put(
        "a string that doubles",
        "{% set n = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}");
    templates.put(
        "a string that doubles by ~",
        "{% set n = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}");
    templates.put(
        "a list that doubles",
        "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}");
    templates.put(
        "a list of lists whose text doubles",
        "{% set n = namespace(s=[1]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}");
    templates.put(
        "equality that doubles",
        "{% set n = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}{{ n.a == n.b }}");
    templates.put(
        "JSON that doubles",
        "{% set n = namespace(s={'k': 1}) %}{% for i in range(99) %}{% set n.s = {'a': n.s, 'b': n.s} %}{% endfor %}{{ n.s | tojson(indent=8) }}");
    templates.put(
        "order that doubles",
        "{% set n = namespace(a=[1, 2], b=[1, 2]) %}{% for i in range(60) %}{% set n.a = [n.a, n.a] %}{% set n.b = [n.b, n.b] %}{% endfor %}{{ n.a < n.b }}");
    templates.put(
        "a list as deep as a well",
        "{% set n = namespace(s=[1]) %}{% for i in range(50000) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s == [n.s] }}{{ n.s }}");
    templates.put(
        "a tuple as deep as a well for a key",
        "{% set n = namespace(s=(1,)) %}{% for i in range(50000) %}{% set n.s = (n.s,) %}{% endfor %}{{ n.s in {} }}");
    templates.put(
        "generators of generators",
        "{% set n = namespace(s=['a']) %}{% for i in range(50000) %}{% set n.s = n.s | map('upper') %}{% endfor %}{{ n.s | list }}");
    templates.put(
        "a search that starts over and over",
        "{% set a = 'a' * 3000000 %}{% set b = 'a' * 1000000 ~ 'b' %}{{ b in a }}");
    templates.put(
        "a replacement that grows", "{{ ('a' * 5000000) | replace('a', 'b' * 5000000) }}");
    templates.put("an indent that grows", "{{ ('\\n' * 3000000) | indent(1000000, blank=true) }}");
    templates.put("a join that grows", "{{ range(99999) | join('x' * 999999) }}");
    templates.put("a strip of everything", "{{ ('a' * 4000000).strip('b' * 4000000 ~ 'a') }}");
    templates.put("many unlike values", "{{ range(99999) | unique | list | length }}");
    templates.put("a macro that calls itself", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
    templates.put(
        "macros that call each other",
        "{% macro a() %}{{ b() }}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}");
    templates.put(
        "a default that calls its macro", "{% macro m(x=m()) %}{{ x }}{% endmacro %}{{ m() }}");
    templates.put("a power", "{{ 9 ** 999999999999 }}");
    templates.put("the least integer divided", "{{ (-9223372036854775807 - 1) // -1 }}");
    templates.put("the least integer negated", "{{ -(-9223372036854775807 - 1) }}");
    templates.put(
        "deep parentheses", "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}");
    templates.put("deep lists", "{{ " + "[".repeat(100_000) + "]".repeat(100_000) + " }}");
    templates.put(
        "deep dictionaries", "{{ " + "{'a':".repeat(50_000) + "1" + "}".repeat(50_000) + " }}");
    templates.put("many signs", "{{ " + "-".repeat(100_000) + "1 }}");
    templates.put("many nots", "{{ " + "not ".repeat(100_000) + "1 }}");
    templates.put("many ifs in an expression", "{{ 1" + " if 1 else 1".repeat(50_000) + " }}");
    templates.put("many ifs", "{% if true %}".repeat(50_000) + "{% endif %}".repeat(50_000));
    templates.put("a long sum", "{{ 1" + " + 1".repeat(100_000) + " }}");
    templates.put("a long chain of attributes", "{{ messages" + ".a".repeat(100_000) + " }}");
    templates.put("a long chain of filters", "{{ 'a'" + "|upper".repeat(100_000) + " }}");
    templates.put("a long chain of calls", "{{ range" + "()".repeat(100_000) + " }}");
    templates.put(
        "deep targets", "{% set " + "(".repeat(50_000) + "a" + ")".repeat(50_000) + " = 1 %}");
    templates.put("an open statement", "{% if true");
    templates.put("an open block", "{% if true %}x");
    templates.put("many open blocks", "{% for m in messages %}".repeat(150));
    templates.put("an open expression", "{{ 'a'");
    templates.put("an open string", "{{ 'a }}");
    templates.put("an open comment", "{# a");
    templates.put("an open raw block", "{% raw %}a");
    templates.put("many open raw blocks", "{% raw %}{% ".repeat(50_000));
    templates.put("too long a template", " ".repeat(2_000_000));
    templates.put("a class", "{{ messages.getClass() }}");
    templates.put("a Python class", "{{ ''.__class__.__mro__ }}");
    templates.put(
        "an attribute through a filter", "{{ [''] | map(attribute='__class__') | list }}");
    templates.put("a format string", "{{ '{0.__class__}'.format(1) }}");
    templates.put("a global of Java", "{{ System.exit(1) }}");
    templates.put("a lone backslash", "{{ 'a\\");
    templates.put("an escape cut short", "{{ '\\x4' }}{{ '\\u12' }}");
    templates.put("a number of no kind", "{{ 1e999999999999 }}{{ 12abc }}");
    return templates;
  }

  @TestFactory
  Stream<DynamicTest> hostileTemplatesAreRefused() {
    return hostile().entrySet().stream()
        .map(each ->
            DynamicTest.dynamicTest(
                each.getKey(),
                () -> {
                  ModelFormatException refused =
                      assertThrows(
                          ModelFormatException.class,
                          () -> onSmallStack(() -> render(each.getValue())));
                  assertTrue(refused.getMessage().startsWith("evil.gguf: "), refused.getMessage());
                  assertTrue(
                      refused.getMessage().endsWith("--chat-template"), refused.getMessage());
                }));
  }

  @Test
  void everyBeginningOfATemplateEndsInTextOrARefusal() throws Exception {
    for (String name : List.of("qwen3.jinja", "macros.jinja", "mistral.jinja")) {
      String template = Golden.text("templates/" + name);
      for (int end = 0; end < template.length(); end++) {
        renderOrRefuse(template.substring(0, end));
      }
    }
  }

  @Test
  void damagedTemplatesEndInTextOrARefusal() throws Exception {
    Random random = new Random(20261125);
    String alphabet = "{}%#-+'\"\\()[]|.,:=~* \n0aif";
    for (String name : List.of("qwen3.jinja", "macros.jinja", "mistral.jinja", "deepseek.jinja")) {
      String template = Golden.text("templates/" + name);
      for (int i = 0; i < 1000; i++) {
        StringBuilder damaged = new StringBuilder(template);
        for (int k = 0; k <= i % 3; k++) {
          int at = random.nextInt(damaged.length());
          char c = alphabet.charAt(random.nextInt(alphabet.length()));
          switch (random.nextInt(3)) {
            case 0 -> damaged.setCharAt(at, c);
            case 1 -> damaged.insert(at, c);
            default -> damaged.deleteCharAt(at);
          }
        }
        renderOrRefuse(damaged.toString());
      }
    }
  }

  private static void renderOrRefuse(String template) {
    try {
      render(template);
    } catch (ModelFormatException refused) {
      assertTrue(refused.getMessage().startsWith("evil.gguf: "), refused.getMessage());
    }
  }
}
