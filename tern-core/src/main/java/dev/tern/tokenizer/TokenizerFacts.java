package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What a GGUF file says of a tokenizer: the facts from which [TokenizerBuilder] makes one, read
/// from the files in which it is published.
///
/// @param isByteLevel whether tokens are spelled in GPT-2's letters and merge by a list; else they
///   are SentencePiece's, spelled as text, and merge by scores
/// @param tokens in UTF-8; the index is the id
/// @param types for each token 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
/// @param scores for each token, higher is merged earlier; empty if byte-level
/// @param merges `left right`, the earliest first; empty if not byte-level
/// @param preTokenizer how a byte-level tokenizer cuts text, if that is one of the known ways
/// @param bosId begins a text
/// @param eosId ends a text
/// @param endIds all tokens after which a model has nothing more to say
/// @param unknownId stands for what the vocabulary cannot spell
/// @param padId fills a batch up
/// @param addBos whether prompts begin with the first
/// @param addEos whether prompts end with the second
/// @param addSpacePrefix whether a SentencePiece tokenizer puts a space in front of a text
/// @param removeExtraWhitespaces whether a SentencePiece tokenizer removes spaces
/// @param losses what the published tokenizer does and these facts cannot say, for people
@SuppressWarnings("ArrayRecordComponent") // Hundreds of thousands of numbers, made for one use.
public record TokenizerFacts(
    boolean isByteLevel,
    List<byte[]> tokens,
    int[] types,
    float[] scores,
    List<byte[]> merges,
    Optional<PreTokenizer> preTokenizer,
    OptionalInt bosId,
    OptionalInt eosId,
    List<Integer> endIds,
    OptionalInt unknownId,
    OptionalInt padId,
    boolean addBos,
    boolean addEos,
    boolean addSpacePrefix,
    boolean removeExtraWhitespaces,
    List<String> losses) {
  /// Tokens that end a turn, in the order in which they are preferred.
  private static final List<String> TURN_ENDS =
      List.of("<|eot_id|>", "<|im_end|>", "<end_of_turn>", "<|end|>", "<EOT>");

  /// {@return the token that ends a turn, where that is another one than ends a text}
  public OptionalInt turnEndId() {
    for (String text : TURN_ENDS) {
      for (int id : endIds) {
        boolean isEos = eosId.isPresent() && eosId.getAsInt() == id;
        if (!isEos && text.equals(new String(tokens.get(id), UTF_8))) {
          return OptionalInt.of(id);
        }
      }
    }
    return OptionalInt.empty();
  }
}
