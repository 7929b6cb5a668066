package dev.tern.tokenizer;

/// How text becomes tokens at its edges and where it names special tokens.
///
/// @param addSpecial whether to add what the model expects around a text: a beginning-of-text
///   token, an end-of-text token
/// @param parseSpecial whether the text of a special token, such as `<|eot_id|>`, becomes that
///   token; otherwise it is ordinary text, which is what text from a stranger must be
public record EncodeOptions(boolean addSpecial, boolean parseSpecial) {
  /// Ordinary text only: nothing added, nothing interpreted.
  public static final EncodeOptions TEXT = new EncodeOptions(false, false);

  /// A whole prompt as its author wrote it: edges added, special tokens interpreted.
  public static final EncodeOptions PROMPT = new EncodeOptions(true, true);
}
