package dev.tern.jinja;

import dev.tern.ModelFormatException;
import dev.tern.chat.JinjaRenderer;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Renders chat templates as Hugging Face transformers does with Jinja2.
///
/// What transformers gives to templates is here too: `messages`, `add_generation_prompt`, `tools`,
/// `documents` (always `none`), the special tokens, `raise_exception` and `strftime_now`. A
/// template that asks for more than this or takes too long is refused; none is rendered wrongly.
///
/// Stateless, and safe for use by many threads.
public final class Jinja2Renderer implements JinjaRenderer {
  /// Published templates have up to 20,000 characters.
  private static final int MAX_TEMPLATE_CHARACTERS = 1 << 20;

  /// Asked for the clock only when a template is rendered: reading the time zones takes long when
  /// the JVM starts.
  private final Supplier<Clock> clock;

  /// Makes a renderer; services are made this way.
  public Jinja2Renderer() {
    this.clock = () -> Clock.system(ZoneId.systemDefault());
  }

  /// @param clock says what `strftime_now` writes
  Jinja2Renderer(Clock clock) {
    this.clock = () -> clock;
  }

  @Override
  public String render(String source, String template, Map<String, ?> variables) {
    Scope scope = new Scope(null);
    Variables converted = new Variables();
    variables.forEach((name, value) -> scope.set(name, converted.value(value)));
    scope.set("documents", Values.NONE);
    return render(source, template, scope, converted.characters());
  }

  /// {@return what a template makes of any variables}
  ///
  /// @param inputCharacters how long they are together
  String render(String source, String template, Scope variables, long inputCharacters) {
    if (template.length() > MAX_TEMPLATE_CHARACTERS) {
      throw refused(
          source,
          new TemplateException(
              "it has more than %d characters".formatted(MAX_TEMPLATE_CHARACTERS)));
    }
    Budget budget = new Budget(inputCharacters + template.length());
    List<Statement> statements;
    try {
      statements = TemplateParser.parse(template, budget);
    } catch (TemplateException wrong) {
      throw refused(source, wrong);
    }
    Interpreter interpreter = new Interpreter(budget, clock.get());
    try {
      return interpreter.render(statements, variables);
    } catch (TemplateException wrong) {
      throw refused(
          source,
          new TemplateException("line %d: %s".formatted(interpreter.line(), wrong.reason())));
    }
  }

  private static ModelFormatException refused(String source, TemplateException wrong) {
    return new ModelFormatException(
        "%s: the chat template cannot be used: %s; choose another by name with --chat-template"
            .formatted(source, wrong.reason()),
        wrong);
  }
}
