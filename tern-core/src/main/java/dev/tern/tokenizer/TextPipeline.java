package dev.tern.tokenizer;

import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/// What happens to a text before tokens are merged.
///
/// @param specials tokens that are found in the text as it is
/// @param normalizer what becomes of each stretch between them
/// @param specialsAfterNormalizing tokens that are found in what the normalizer made
/// @param preTokenization how the stretches between those are cut into pieces
/// @param takesFirstSpace whether the space that a decoded text begins with was put there by
///   encoding
record TextPipeline(
    SpecialTokens specials,
    UnaryOperator<String> normalizer,
    SpecialTokens specialsAfterNormalizing,
    PreTokenization preTokenization,
    boolean takesFirstSpace) {
  OptionalInt specialId(String text) {
    OptionalInt id = specials.id(text);
    return id.isPresent() ? id : specialsAfterNormalizing.id(text);
  }
}
