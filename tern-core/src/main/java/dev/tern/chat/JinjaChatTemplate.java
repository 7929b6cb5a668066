package dev.tern.chat;

import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// A model's own template, written in Jinja and rendered by a [JinjaRenderer].
///
/// What a template writes is read with its special tokens, what a person typed is not: special
/// tokens named in a message are replaced by private-use characters before the template sees them,
/// and come back as ordinary text.
public final class JinjaChatTemplate implements ChatTemplate {
  private static final char OPEN = '\uE0F0';
  private static final char CLOSE = '\uE0F1';
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
    this.variables =
        Map.of("bos_token", piece(tokenizer.bosId()), "eos_token", piece(tokenizer.eosId()));
  }

  private String piece(OptionalInt id) {
    return id.isPresent() ? tokenizer.piece(id.getAsInt()) : "";
  }

  @Override
  public String name() {
    return "jinja";
  }

  @Override
  public List<ChatPiece> render(List<ChatMessage> messages, boolean addGenerationPrompt) {
    List<String> hidden = new ArrayList<>();
    List<ChatMessage> safe = new ArrayList<>();
    for (ChatMessage message : messages) {
      safe.add(new ChatMessage(message.role(), hide(message.content(), hidden)));
    }
    return pieces(renderer.render(source, template, safe, addGenerationPrompt, variables), hidden);
  }

  /// Replaces the special tokens that a message names by their index in a list.
  private String hide(String content, List<String> hidden) {
    String text = content.replace(OPEN, '\uFFFD').replace(CLOSE, '\uFFFD');
    for (int id : tokenizer.encode(text, WITH_SPECIAL)) {
      String piece = tokenizer.piece(id);
      if (tokenizer.isControl(id) && text.contains(piece)) {
        text = text.replace(piece, "" + OPEN + hidden.size() + CLOSE);
        hidden.add(piece);
      }
    }
    return text;
  }

  private static List<ChatPiece> pieces(String rendered, List<String> hidden) {
    List<ChatPiece> pieces = new ArrayList<>();
    int at = 0;
    for (int open = rendered.indexOf(OPEN); open >= 0; open = rendered.indexOf(OPEN, at)) {
      int close = rendered.indexOf(CLOSE, open);
      pieces.add(new ChatPiece.Markup(rendered.substring(at, open)));
      pieces.add(
          new ChatPiece.Text(hidden.get(Integer.parseInt(rendered.substring(open + 1, close)))));
      at = close + 1;
    }
    pieces.add(new ChatPiece.Markup(rendered.substring(at)));
    return pieces;
  }
}
