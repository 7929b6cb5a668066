package dev.tern.chat;

import dev.tern.UnsupportedModelException;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Private-use characters that stand for the special tokens that a conversation names, while a
/// template makes a prompt of it. They occur neither in the conversation nor in the template.
final class SpecialTokenMarks {
  private static final char FIRST_PRIVATE_USE = '\uE000';
  private static final char LAST_PRIVATE_USE = '\uF8FF';
  private static final EncodeOptions WITH_SPECIAL = new EncodeOptions(false, true);

  private final Map<String, Character> marks = new LinkedHashMap<>();

  /// Finds the special tokens.
  ///
  /// @param texts all that the conversation consists of
  /// @throws UnsupportedModelException if no characters are left
  SpecialTokenMarks(List<String> texts, String template, Tokenizer tokenizer) {
    StringBuilder taken = new StringBuilder(template);
    texts.forEach(taken::append);
    char next = FIRST_PRIVATE_USE;
    for (String text : texts) {
      for (int id : tokenizer.encode(text, WITH_SPECIAL)) {
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
  }

  /// {@return a text with marks for the special tokens that it names}
  String hide(String text) {
    String hidden = text;
    for (Map.Entry<String, Character> mark : marks.entrySet()) {
      hidden = hidden.replace(mark.getKey(), mark.getValue().toString());
    }
    return hidden;
  }

  /// {@return what a template wrote, with special tokens as ordinary text in place of their marks}
  List<ChatPiece> pieces(String rendered) {
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
