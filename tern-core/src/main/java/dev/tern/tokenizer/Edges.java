package dev.tern.tokenizer;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// The tokens around a text.
///
/// @param before what a whole prompt begins with
/// @param after what a whole prompt ends with
/// @param bos the token that begins a text
/// @param eos the token that ends a text
/// @param pad the token that fills a batch up
/// @param ends all tokens after which a model has nothing more to say
record Edges(
    List<Integer> before,
    List<Integer> after,
    OptionalInt bos,
    OptionalInt eos,
    OptionalInt pad,
    Set<Integer> ends) {
  /// Special tokens with these texts end what a model says, whatever else its file calls the end:
  /// several files name `<|end_of_text|>` although their turns end with `<|eot_id|>`.
  ///
  /// Source: llama.cpp, `src/llama-vocab.cpp`, the end-of-generation tokens.
  static final Set<String> END_TEXTS =
      Set.of(
          "<|eot_id|>",
          "<|im_end|>",
          "<|end|>",
          "<end_of_turn>",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|eom_id|>",
          "<EOT>");

  /// Copies the lists.
  Edges {
    before = List.copyOf(before);
    after = List.copyOf(after);
    ends = Set.copyOf(ends);
  }

  boolean addsBos() {
    return !before.isEmpty() && bos.isPresent() && before.getFirst() == bos.getAsInt();
  }
}
