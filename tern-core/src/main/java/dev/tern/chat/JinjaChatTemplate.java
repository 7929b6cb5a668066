package dev.tern.chat;

import dev.tern.UnsupportedModelException;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// A model's own template, written in Jinja and rendered by a [JinjaRenderer].
///
/// What a template writes is read with its special tokens, what a person typed is not: each special
/// token that a message names is replaced by a private-use character before the template sees it,
/// and comes back as ordinary text. Such a character occurs in no message and not in the template.
public final class JinjaChatTemplate implements ChatTemplate {
  private static final char FIRST_PRIVATE_USE = '\uE000';
  private static final char LAST_PRIVATE_USE = '\uF8FF';
  private static final EncodeOptions WITH_SPECIAL = new EncodeOptions(false, true);

  private final String source;
  private final String template;
  private final JinjaRenderer renderer;
  private final Tokenizer tokenizer;
  private final Map<String, String> variables;

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
    this.variables = new LinkedHashMap<>();
    put("bos_token", tokenizer.bosId());
    put("eos_token", tokenizer.eosId());
    put("pad_token", tokenizer.padId());
  }

  /// A token that a model does not have is undefined to its template.
  private void put(String variable, OptionalInt id) {
    id.ifPresent(token -> variables.put(variable, tokenizer.piece(token)));
  }

  @Override
  public String name() {
    return "jinja";
  }

  @Override
  public List<ChatPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    Map<String, Character> marks = marks(messages);
    List<ChatMessage> safe = new ArrayList<>();
    for (ChatMessage message : messages) {
      String content = message.content();
      for (Map.Entry<String, Character> mark : marks.entrySet()) {
        content = content.replace(mark.getKey(), mark.getValue().toString());
      }
      safe.add(new ChatMessage(message.role(), content));
    }
    return pieces(renderer.render(source, template, safe, addGenerationPrompt, variables), marks);
  }

  /// {@return the special tokens that messages name, each with what stands for it}
  private Map<String, Character> marks(List<ChatMessage> messages) {
    Map<String, Character> marks = new LinkedHashMap<>();
    StringBuilder taken = new StringBuilder(template);
    messages.forEach(message -> taken.append(message.content()));
    char next = FIRST_PRIVATE_USE;
    for (ChatMessage message : messages) {
      for (int id : tokenizer.encode(message.content(), WITH_SPECIAL)) {
        String piece = tokenizer.piece(id);
        if (tokenizer.isControl(id) && !marks.containsKey(piece)) {
          while (taken.indexOf(String.valueOf(next)) >= 0) {
            next++;
          }
          if (next > LAST_PRIVATE_USE) {
            throw new UnsupportedModelException(
                "the conversation uses all private-use characters, and names special tokens besides; take one or the other out");
          }
          marks.put(piece, next++);
        }
      }
    }
    return marks;
  }

  private static List<ChatPiece> pieces(String rendered, Map<String, Character> marks) {
    Map<Character, String> tokens = new HashMap<>();
    marks.forEach((token, mark) -> tokens.put(mark, token));
    List<ChatPiece> pieces = new ArrayList<>();
    int from = 0;
    for (int at = 0; at < rendered.length(); at++) {
      String token = tokens.get(rendered.charAt(at));
      if (token != null) {
        pieces.add(new ChatPiece.Markup(rendered.substring(from, at)));
        pieces.add(new ChatPiece.Text(token));
        from = at + 1;
      }
    }
    pieces.add(new ChatPiece.Markup(rendered.substring(from)));
    return pieces;
  }
}
