package dev.tern.tokenizer;

import dev.tern.json.JsonView;

/// A token that a text may name as a whole.
///
/// @param id its id
/// @param text what names it
/// @param isControl whether only a text that is trusted may name it
/// @param isWord whether it must stand apart from letters and digits
/// @param takesSpaceBefore whether it swallows the white space before it
/// @param takesSpaceAfter whether it swallows the white space after it
/// @param isNormalized whether it is looked for in normalized text
record SpecialToken(
    int id,
    String text,
    boolean isControl,
    boolean isWord,
    boolean takesSpaceBefore,
    boolean takesSpaceAfter,
    boolean isNormalized) {
  /// A token that is named by its text and nothing else.
  SpecialToken(int id, String text, boolean isControl) {
    this(id, text, isControl, false, false, false, false);
  }

  /// Reads the form in which Hugging Face writes added tokens.
  static SpecialToken read(int id, JsonView token) {
    boolean special = flag(token, "special", false);
    return new SpecialToken(
        id,
        token.get("content").string(),
        special,
        flag(token, "single_word", false),
        flag(token, "lstrip", false),
        flag(token, "rstrip", false),
        flag(token, "normalized", !special));
  }

  private static boolean flag(JsonView token, String name, boolean absent) {
    return token.find(name).map(JsonView::bool).orElse(absent);
  }

  /// The same token under another text.
  SpecialToken withText(String other) {
    return new SpecialToken(
        id, other, isControl, isWord, takesSpaceBefore, takesSpaceAfter, isNormalized);
  }
}
