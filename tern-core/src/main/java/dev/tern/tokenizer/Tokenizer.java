package dev.tern.tokenizer;

import java.util.List;
import java.util.OptionalInt;

/// Turns text into token ids and token ids into text.
///
/// Implementations are immutable and safe for use by many threads.
public interface Tokenizer {
  /// {@return the number of token ids, from 0 to this minus 1}
  int vocabularySize();

  /// {@return the tokens of a text}
  ///
  /// @param text any string; unpaired surrogates are treated as U+FFFD
  /// @param options what is added at the edges and whether special tokens are interpreted
  /// @throws dev.tern.UnsupportedModelException if the text is too long for a regular expression
  ///   that came with the tokenizer's file; never with a known [PreTokenizer]
  int[] encode(String text, EncodeOptions options);

  /// {@return the bytes a token adds to a text; none for control tokens}
  ///
  /// @param id a token id
  /// @throws IndexOutOfBoundsException if there is no such token
  byte[] bytes(int id);

  /// {@return a token as its vocabulary spells it, for people to look at}
  ///
  /// @param id a token id
  /// @throws IndexOutOfBoundsException if there is no such token
  String piece(int id);

  /// {@return whether a token is a mark for the model, such as beginning or end of text, that has
  /// no text of its own}
  ///
  /// @param id a token id
  /// @throws IndexOutOfBoundsException if there is no such token
  boolean isControl(int id);

  /// {@return the id of a special token: a control token or one that the model's author added}
  ///
  /// @param text exactly as the vocabulary spells it, for example `<|eot_id|>`
  OptionalInt specialId(String text);

  /// {@return the token that begins a text}
  OptionalInt bosId();

  /// {@return the token that ends a text}
  OptionalInt eosId();

  /// {@return the token that fills the shorter texts of a batch up}
  OptionalInt padId();

  /// {@return whether a model has nothing more to say after a token: the end of a text, of a turn
  /// or of a message}
  ///
  /// @param id a token id
  /// @throws IndexOutOfBoundsException if there is no such token
  boolean isEndOfGeneration(int id);

  /// {@return whether [EncodeOptions#addSpecial] puts the beginning-of-text token in front}
  boolean addsBos();

  /// {@return how this tokenizer works, for people to look at: family, pre-tokenizer, size}
  String description();

  /// {@return the text of some tokens}
  ///
  /// Bytes that are not UTF-8 become U+FFFD. A space that encoding put in front of the text is
  /// taken away again.
  ///
  /// @param ids token ids
  /// @throws IndexOutOfBoundsException if there is no such token
  String decode(int... ids);

  /// {@return a decoder for tokens that arrive one after another}
  ///
  /// @param context tokens that come before; the decoder does not return their text, but knows that
  ///   it does not stand at the beginning of a text if they have any
  TokenDecoder decoder(List<Integer> context);
}
