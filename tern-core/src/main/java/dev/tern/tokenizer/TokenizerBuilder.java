package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Makes a tokenizer from the facts that a model file holds, one method for each.
///
/// The two families are those of GGUF's `tokenizer.ggml.model`: `gpt2` is [#byteLevel], `llama` is
/// [#sentencePiece]. What a file does not say is left out; the defaults are llama.cpp's.
///
/// ```java
/// TokenizerBuilder builder = TokenizerBuilder.byteLevel("model.gguf", tokens).merges(merges);
/// metadata.findInt("tokenizer.ggml.bos_token_id").ifPresent(builder::bosId);
/// Tokenizer tokenizer = builder.preTokenizer("llama-bpe").build();
/// ```
///
/// Lists and arrays are not copied until [#build()], and are not needed after it. Not safe for use
/// by several threads.
public final class TokenizerBuilder {
  /// How tokens are spelled and merged.
  enum Family {
    /// In GPT-2's letters, by a list of merges.
    BYTE_LEVEL,
    /// As bytes, in the order of their ids.
    RANKS,
    /// As text, by scores.
    SENTENCE_PIECE
  }

  final Family family;
  final String source;
  final List<byte[]> tokens;

  int[] types = {};
  float[] scores = {};
  List<byte[]> merges = List.of();
  PreTokenizer preTokenizer = PreTokenizer.DEFAULT;
  OptionalInt bosId = OptionalInt.empty();
  OptionalInt eosId = OptionalInt.empty();
  OptionalInt eotId = OptionalInt.empty();
  OptionalInt eomId = OptionalInt.empty();
  OptionalInt unknownId = OptionalInt.empty();
  OptionalInt padId = OptionalInt.empty();
  Optional<Boolean> addBos = Optional.empty();
  boolean addEos;
  boolean addSpacePrefix = true;
  boolean removeExtraWhitespaces;
  List<Integer> foundInMarkedText = List.of();
  List<Integer> alsoEnd = List.of();

  private TokenizerBuilder(Family family, String source, List<byte[]> tokens) {
    this.family = family;
    this.source = source;
    this.tokens = tokens;
  }

  /// Begins a byte-level tokenizer: it needs merges and a pre-tokenizer.
  ///
  /// @param source what to call the file in messages
  /// @param tokens in the letters that GPT-2 spells bytes with, as UTF-8; the index is the id
  /// @return a builder
  public static TokenizerBuilder byteLevel(String source, List<byte[]> tokens) {
    return new TokenizerBuilder(Family.BYTE_LEVEL, source, tokens);
  }

  /// Begins a SentencePiece tokenizer: it needs scores.
  ///
  /// A GGUF file that does not name the unknown, beginning-of-text and end-of-text tokens means 0,
  /// 1 and 2; that is for the caller to say.
  ///
  /// @param source what to call the file in messages
  /// @param tokens in UTF-8, with U+2581 for a space; the index is the id
  /// @return a builder
  public static TokenizerBuilder sentencePiece(String source, List<byte[]> tokens) {
    return new TokenizerBuilder(Family.SENTENCE_PIECE, source, tokens);
  }

  /// Begins a tokenizer whose tokens are bytes and merge in the order of their ids.
  static TokenizerBuilder ranks(String source, List<byte[]> tokens) {
    return new TokenizerBuilder(Family.RANKS, source, tokens);
  }

  /// Says what the tokens are for. Without it, the tokens named by an id are control tokens, those
  /// of a SentencePiece vocabulary that are spelled `<0x00>` to `<0xFF>` are bytes, and all others
  /// are ordinary.
  ///
  /// @param types for each token 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte
  /// @return this
  public TokenizerBuilder types(int... types) {
    this.types = types;
    return this;
  }

  /// Says how good the tokens of a SentencePiece vocabulary are.
  ///
  /// @param scores for each token, higher is merged earlier
  /// @return this
  /// @throws IllegalStateException if this is a byte-level tokenizer
  public TokenizerBuilder scores(float... scores) {
    require(Family.SENTENCE_PIECE, "scores");
    this.scores = scores;
    return this;
  }

  /// Says what merges in a byte-level vocabulary.
  ///
  /// @param merges spelled as the tokens are, `left right`, the earliest first
  /// @return this
  /// @throws IllegalStateException if this is a SentencePiece tokenizer
  public TokenizerBuilder merges(List<byte[]> merges) {
    require(Family.BYTE_LEVEL, "merges");
    this.merges = merges;
    return this;
  }

  /// Chooses how a byte-level tokenizer cuts text into pieces; [PreTokenizer#DEFAULT] if it is not
  /// called.
  ///
  /// @param preTokenizer one of the known ways
  /// @return this
  /// @throws UnsupportedModelException if this is a SentencePiece tokenizer, which does not cut
  public TokenizerBuilder preTokenizer(PreTokenizer preTokenizer) {
    if (family == Family.SENTENCE_PIECE) {
      throw new UnsupportedModelException(
          "%s: the pre-tokenizer %s is for byte-level tokenizers, and this is a SentencePiece one"
              .formatted(source, preTokenizer.displayName()));
    }
    this.preTokenizer = preTokenizer;
    return this;
  }

  /// Chooses how a byte-level tokenizer cuts text into pieces.
  ///
  /// @param name as the file gives it
  /// @return this
  /// @throws UnsupportedModelException if it is not known, or this is a SentencePiece tokenizer
  public TokenizerBuilder preTokenizer(String name) {
    try {
      return preTokenizer(PreTokenizer.named(name));
    } catch (UnsupportedModelException unknown) {
      throw new UnsupportedModelException(source + ": " + unknown.getMessage());
    }
  }

  /// Names the token that begins a text.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder bosId(int id) {
    bosId = OptionalInt.of(id);
    return this;
  }

  /// Names the token that ends a text.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder eosId(int id) {
    eosId = OptionalInt.of(id);
    return this;
  }

  /// Names the token that ends a turn of a conversation.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder eotId(int id) {
    eotId = OptionalInt.of(id);
    return this;
  }

  /// Names the token that ends a message.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder eomId(int id) {
    eomId = OptionalInt.of(id);
    return this;
  }

  /// Names the token for what the vocabulary cannot spell.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder unknownId(int id) {
    unknownId = OptionalInt.of(id);
    return this;
  }

  /// Names the token that fills a batch up.
  ///
  /// @param id its id
  /// @return this
  public TokenizerBuilder padId(int id) {
    padId = OptionalInt.of(id);
    return this;
  }

  /// Says whether prompts begin with the beginning-of-text token. If it is not called: for
  /// SentencePiece yes, otherwise as the pre-tokenizer's models want it.
  ///
  /// @param add true if they do
  /// @return this
  public TokenizerBuilder addBos(boolean add) {
    addBos = Optional.of(add);
    return this;
  }

  /// Says whether prompts end with the end-of-text token; no if it is not called.
  ///
  /// @param add true if they do
  /// @return this
  public TokenizerBuilder addEos(boolean add) {
    addEos = add;
    return this;
  }

  /// Says whether a SentencePiece tokenizer puts a space in front of a text and after every special
  /// token; yes if it is not called.
  ///
  /// @param add true if it does
  /// @return this
  /// @throws IllegalStateException if this is a byte-level tokenizer
  public TokenizerBuilder addSpacePrefix(boolean add) {
    require(Family.SENTENCE_PIECE, "addSpacePrefix");
    addSpacePrefix = add;
    return this;
  }

  /// Says whether a SentencePiece tokenizer removes the spaces at the ends of a text and makes one
  /// of several in a row; no if it is not called.
  ///
  /// @param remove true if it does
  /// @return this
  /// @throws IllegalStateException if this is a byte-level tokenizer
  public TokenizerBuilder removeExtraWhitespaces(boolean remove) {
    require(Family.SENTENCE_PIECE, "removeExtraWhitespaces");
    removeExtraWhitespaces = remove;
    return this;
  }

  /// Names tokens of a SentencePiece vocabulary that are looked for after spaces have been marked,
  /// so that no space is put in front of the text behind them. SentencePiece treats user-defined
  /// pieces like that; llama.cpp treats them like control tokens.
  TokenizerBuilder foundInMarkedText(List<Integer> ids) {
    foundInMarkedText = ids;
    return this;
  }

  /// Names further tokens that end what a model says.
  void alsoEnd(List<Integer> ids) {
    alsoEnd = ids;
  }

  private void require(Family wanted, String fact) {
    if (family != wanted) {
      throw new IllegalStateException(
          "%s: %s belongs to another kind of tokenizer".formatted(source, fact));
    }
  }

  /// Makes the tokenizer.
  ///
  /// @return an immutable tokenizer
  /// @throws ModelFormatException if the facts contradict each other
  public Tokenizer build() {
    return new TokenizerAssembly(this).assemble();
  }
}
