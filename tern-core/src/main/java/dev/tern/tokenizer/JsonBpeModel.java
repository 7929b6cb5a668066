package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// Reads the `model` of `tokenizer.json` and its added tokens: the vocabulary and what merges in
/// it.
///
/// Source: Hugging Face tokenizers, `tokenizers/src/models/bpe`.
final class JsonBpeModel {
  /// In place of a token whose id the file leaves out.
  private static final byte[] ABSENT = {};

  private final JsonView model;
  private final String source;
  private final boolean byteLevel;
  private final List<SpecialToken> addedTokens;
  private final Map<String, Integer> idsOfAdded = new HashMap<>();
  private final Map<String, JsonValue> vocab;
  private final Vocabulary vocabulary;
  private final TokenIndex index;
  private final MergeTable merges;

  /// Reads a model.
  ///
  /// @param byteLevel whether tokens are spelled in [ByteAlphabet]
  /// @param addedTokens tokens beyond the vocabulary, or marks on tokens that are in it
  JsonBpeModel(JsonView model, boolean byteLevel, List<SpecialToken> addedTokens) {
    this.model = model;
    source = model.source();
    this.byteLevel = byteLevel;
    this.addedTokens = List.copyOf(addedTokens);
    requireBpe();
    vocab = model.get("vocab").members();
    vocabulary = readVocabulary();
    index = new TokenIndex(source, vocabulary);
    merges = readMerges();
  }

  private void requireBpe() {
    String type = model.find("type").map(JsonView::string).orElse("BPE");
    if (!type.equals("BPE")) {
      throw new UnsupportedModelException(
          "%s: a tokenizer of type %s; Tern reads those of type BPE. Use a GGUF file of the model"
              .formatted(source, type));
    }
    requireAbsent("dropout", model.find("dropout").filter(dropout -> dropout.real() != 0));
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      requireAbsent(affix, model.find(affix).filter(view -> !view.string().isEmpty()));
    }
  }

  private void requireAbsent(String name, Optional<JsonView> value) {
    if (value.isPresent()) {
      throw new UnsupportedModelException(
          "%s: model.%s is set, which Tern does not do. Use a GGUF file of the model"
              .formatted(source, name));
    }
  }

  private Vocabulary readVocabulary() {
    List<@Nullable String> spellings = new ArrayList<>(vocab.size() + addedTokens.size());
    for (Map.Entry<String, JsonValue> entry : vocab.entrySet()) {
      int id = new JsonView(source, "an id in model.vocab", entry.getValue()).integer();
      place(spellings, entry.getKey(), id);
    }
    for (SpecialToken token : addedTokens) {
      if (idsOfAdded.putIfAbsent(token.text(), token.id()) != null) {
        throw new ModelFormatException(
            "%s: the added token '%s' occurs twice".formatted(source, token.text()));
      }
      if (id(token.text()) != token.id()) {
        throw new ModelFormatException(
            "%s: the added token '%s' has the id %d, but the vocabulary gives it %d"
                .formatted(source, token.text(), token.id(), id(token.text())));
      }
      place(spellings, token.text(), token.id());
    }
    if (spellings.isEmpty()) {
      throw new ModelFormatException("%s: the vocabulary has no tokens".formatted(source));
    }
    List<byte[]> tokens = new ArrayList<>(spellings.size());
    for (String spelling : spellings) {
      tokens.add(spelling == null ? ABSENT : spelling.getBytes(UTF_8));
    }
    return new Vocabulary(
        source,
        byteLevel ? Vocabulary.Spelling.BYTE_ALPHABET : Vocabulary.Spelling.SPACE_MARKS,
        tokens,
        types(tokens));
  }

  private int id(String text) {
    return vocab.get(text) instanceof JsonValue.Numeral inVocab
        ? Integer.parseInt(inVocab.text())
        : idsOfAdded.getOrDefault(text, -1);
  }

  private void place(List<@Nullable String> spellings, String text, int id) {
    if (id < 0 || id > Vocabulary.MAX_ID) {
      throw new ModelFormatException(
          "%s: the token '%s' has the id %d; ids are 0 to %d"
              .formatted(source, text, id, Vocabulary.MAX_ID));
    }
    while (spellings.size() <= id) {
      spellings.add(null);
    }
    String other = spellings.set(id, text);
    if (other != null && !other.equals(text)) {
      throw new ModelFormatException(
          "%s: the tokens '%s' and '%s' both have the id %d".formatted(source, other, text, id));
    }
  }

  private TokenType[] types(List<byte[]> tokens) {
    boolean byteFallback = flag("byte_fallback");
    TokenType[] types = new TokenType[tokens.size()];
    for (int id = 0; id < types.length; id++) {
      byte[] token = tokens.get(id);
      boolean octet = byteFallback && Vocabulary.byteValue(token, 0, token.length) >= 0;
      types[id] = octet ? TokenType.BYTE : token.length == 0 ? TokenType.UNUSED : TokenType.NORMAL;
    }
    unknownId().ifPresent(id -> types[id] = TokenType.UNKNOWN);
    for (SpecialToken token : addedTokens) {
      if (token.isControl()) {
        types[token.id()] = TokenType.CONTROL;
      } else if (!vocab.containsKey(token.text())) {
        types[token.id()] = TokenType.USER_DEFINED;
      }
    }
    return types;
  }

  private MergeTable readMerges() {
    JsonView list = model.get("merges");
    if (!(list.value() instanceof JsonValue.Elements elements)) {
      throw list.wrong("an array");
    }
    MergeReader reader =
        new MergeReader(source, vocabulary, index, byteLevel, elements.elements().size());
    byte[] texts = new byte[256];
    for (JsonValue merge : elements.elements()) {
      if (merge instanceof JsonValue.Text text) {
        reader.readSpaced(text.value().getBytes(UTF_8));
      } else if (merge instanceof JsonValue.Elements(List<JsonValue> pair)
          && pair.size() == 2
          && pair.getFirst() instanceof JsonValue.Text left
          && pair.getLast() instanceof JsonValue.Text right) {
        int length = Math.addExact(left.utf8Length(), right.utf8Length());
        texts = length <= texts.length ? texts : new byte[2 * length];
        int middle = left.copyUtf8(texts, 0);
        reader.readPair(texts, middle, right.copyUtf8(texts, middle));
      } else {
        throw new JsonView(source, "an element of model.merges", merge).wrong("a pair of tokens");
      }
    }
    return reader.table();
  }

  private boolean flag(String name) {
    return model.find(name).map(JsonView::bool).orElse(false);
  }

  /// {@return the token for what the vocabulary cannot spell}
  OptionalInt unknownId() {
    Optional<String> text = model.find("unk_token").map(JsonView::string);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    int id = id(text.get());
    if (id < 0) {
      throw new ModelFormatException(
          "%s: model.unk_token is '%s', but there is no such token".formatted(source, text.get()));
    }
    return OptionalInt.of(id);
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  List<SpecialToken> addedTokens() {
    return addedTokens;
  }

  int mergeCount() {
    return merges.size();
  }

  /// {@return scores by which tokens merge as they do by the list}
  ///
  /// @throws UnsupportedModelException if there are none
  float[] scores() {
    return new MergeScores(source, vocabulary, index, merges).read();
  }

  /// Whether every character that is no token becomes bytes.
  boolean spellsEveryByte() {
    BitSet bytes = new BitSet();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.BYTE) {
        bytes.set(vocabulary.byteValue(id));
      }
    }
    return bytes.cardinality() == 256;
  }

  boolean ignoresMerges() {
    return flag("ignore_merges");
  }

  PieceEncoder encoder(boolean wholePieces) {
    return new PieceEncoder(
        vocabulary,
        index,
        byteLevel ? PieceEncoder.Symbols.BYTES : PieceEncoder.Symbols.CHARACTERS,
        merges,
        wholePieces,
        new ByteFallback(vocabulary, flag("byte_fallback"), unknownId(), flag("fuse_unk")));
  }

  /// Whether it makes no difference if a piece that is a token becomes it without merging.
  boolean everyTokenMergesToItself() {
    PieceEncoder merging = encoder(false);
    SymbolMerger merger = new SymbolMerger();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.NORMAL && !vocabulary.isVerbatim(id)) {
        IdList ids = new IdList();
        merging.encode(vocabulary.pool(), vocabulary.start(id), vocabulary.end(id), merger, ids);
        if (!Arrays.equals(ids.toArray(), new int[] {id})) {
          return false;
        }
      }
    }
    return true;
  }

  /// The token with a text, added or not.
  OptionalInt find(String text) {
    int id = id(text);
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  void requireId(String where, int id) {
    if (id < 0 || id >= vocabulary.size()) {
      throw new ModelFormatException(
          "%s: %s names the token %d, but the ids are 0 to %d"
              .formatted(source, where, id, vocabulary.size() - 1));
    }
  }
}
