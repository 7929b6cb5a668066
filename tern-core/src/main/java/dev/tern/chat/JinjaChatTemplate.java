package dev.tern.chat;

import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A model's own template, written in Jinja and rendered by a [JinjaRenderer].
///
/// What a template writes is read with its special tokens, what a conversation says is not: each
/// special token that a message or tool names is replaced by a private-use character before the
/// template sees it, and comes back as ordinary text. Such a character occurs in no message and not
/// in the template.
public final class JinjaChatTemplate implements ChatTemplate {
  private final String source;
  private final String template;
  private final JinjaRenderer renderer;
  private final Tokenizer tokenizer;
  private final Map<String, @Nullable Object> specialTokens;

  /// What the template does with tools, found out when it is asked for.
  private @Nullable ToolProbe toolProbe;

  /// Joins a template and what renders it.
  ///
  /// @param source what to call the file in messages
  /// @param template Jinja source
  /// @param renderer renders it
  /// @param tokenizer knows the special tokens
  public JinjaChatTemplate(
      String source, String template, JinjaRenderer renderer, Tokenizer tokenizer) {
    this.source = source;
    this.template = template;
    this.renderer = renderer;
    this.tokenizer = tokenizer;
    this.specialTokens = new LinkedHashMap<>();
    put("bos_token", tokenizer.bosId());
    put("eos_token", tokenizer.eosId());
    put("pad_token", tokenizer.padId());
  }

  /// A token that a model does not have is undefined to its template.
  private void put(String variable, OptionalInt id) {
    id.ifPresent(token -> specialTokens.put(variable, tokenizer.piece(token)));
  }

  @Override
  public String name() {
    return "jinja";
  }

  @Override
  public List<ChatPiece> render(Conversation conversation, boolean addGenerationPrompt) {
    boolean saysNothing = conversation.usesTools() && requireTools(conversation).saysNothing();
    List<String> texts = new ArrayList<>();
    new TemplateVariables(collect(texts), saysNothing).of(conversation);
    SpecialTokenMarks marks = new SpecialTokenMarks(texts, template, tokenizer);
    return marks.pieces(text(conversation, marks::hide, saysNothing, addGenerationPrompt));
  }

  private static UnaryOperator<String> collect(List<String> texts) {
    return text -> {
      texts.add(text);
      return text;
    };
  }

  private String text(
      Conversation conversation,
      UnaryOperator<String> eachText,
      boolean saysNothing,
      boolean addGenerationPrompt) {
    Map<String, @Nullable Object> variables =
        new TemplateVariables(eachText, saysNothing).of(conversation);
    variables.put("add_generation_prompt", addGenerationPrompt);
    variables.putAll(specialTokens);
    return renderer.render(source, template, variables);
  }

  private ToolProbe requireTools(Conversation conversation) {
    ToolProbe known = toolProbe();
    if (!conversation.tools().isEmpty() && !known.definitions()) {
      throw new ToolsException(
          "%s: the model's chat template does not use tools".formatted(source));
    }
    if (conversation.callsTools() && !known.calls()) {
      throw new ToolsException(
          "%s: the model's chat template does not write calls of tools and their answers"
              .formatted(source));
    }
    return known;
  }

  private synchronized ToolProbe toolProbe() {
    ToolProbe known = toolProbe;
    if (known == null) {
      known =
          mentionsTools()
              ? ToolProbe.of((conversation, saysNothing) ->
                  text(conversation, UnaryOperator.identity(), saysNothing, true))
              : ToolProbe.NO_TOOLS;
      toolProbe = known;
    }
    return known;
  }

  /// {@return whether the template has a word for tools, without which it cannot use any}
  public boolean mentionsTools() {
    return template.contains("tool");
  }

  @Override
  public boolean supportsTools() {
    return toolProbe().definitions();
  }

  @Override
  public Optional<ToolCallSyntax> toolCallSyntax() {
    return toolProbe().syntax();
  }
}
