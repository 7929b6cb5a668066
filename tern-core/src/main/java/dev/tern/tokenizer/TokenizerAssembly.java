package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Puts a tokenizer together from the facts a [TokenizerBuilder] has collected, after checking that
/// they do not contradict each other.
final class TokenizerAssembly {
  private final TokenizerBuilder facts;
  private final String source;
  private final int size;
  private final boolean sentencePiece;
  private final OptionalInt bos;
  private final OptionalInt eos;
  private final OptionalInt unknown;

  TokenizerAssembly(TokenizerBuilder facts) {
    this.facts = facts;
    source = facts.source;
    size = facts.tokens.size();
    sentencePiece = facts.family == TokenizerBuilder.Family.SENTENCE_PIECE;
    bos = facts.bosId;
    eos = facts.eosId;
    unknown = facts.unknownId;
  }

  BpeTokenizer assemble() {
    if (size == 0) {
      throw new ModelFormatException("%s: the vocabulary has no tokens".formatted(source));
    }
    if (size - 1 > Vocabulary.MAX_ID) {
      throw new ModelFormatException(
          "%s: %d tokens; there can be %d at most".formatted(source, size, Vocabulary.MAX_ID + 1));
    }
    requireId("beginning-of-text", bos);
    requireId("end-of-text", eos);
    requireId("end-of-turn", facts.eotId);
    requireId("end-of-message", facts.eomId);
    requireId("unknown", unknown);
    requireId("padding", facts.padId);
    Vocabulary vocabulary = new Vocabulary(source, spelling(), facts.tokens, types());
    TokenIndex index = new TokenIndex(source, vocabulary);
    return switch (facts.family) {
      case BYTE_LEVEL -> {
        MergeTable table =
            new MergeReader(source, vocabulary, index, true, facts.merges.size())
                .readAll(facts.merges);
        yield byteLevel(vocabulary, index, table, table.size() + " merges");
      }
      case RANKS ->
          byteLevel(vocabulary, index, TextRanks.byId(vocabulary, index), "merged by rank");
      case SENTENCE_PIECE -> sentencePiece(vocabulary, index);
    };
  }

  private Vocabulary.Spelling spelling() {
    return switch (facts.family) {
      case BYTE_LEVEL -> Vocabulary.Spelling.BYTE_ALPHABET;
      case RANKS -> Vocabulary.Spelling.RAW_BYTES;
      case SENTENCE_PIECE -> Vocabulary.Spelling.SPACE_MARKS;
    };
  }

  private void requireId(String name, OptionalInt id) {
    if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= size)) {
      throw new ModelFormatException(
          "%s: the %s token has the id %d, but the ids are 0 to %d"
              .formatted(source, name, id.getAsInt(), size - 1));
    }
  }

  private TokenType[] types() {
    TokenType[] types = facts.types.length == 0 ? inferredTypes() : statedTypes();
    for (int id = 0; id < size; id++) {
      // Some converters forget to mark these; as ordinary text they could not be asked for.
      if (types[id].isOrdinary() && Edges.END_TEXTS.contains(spelledInBrackets(id))) {
        types[id] = TokenType.CONTROL;
      }
    }
    return types;
  }

  /// The text of a token that looks like a special one, else an empty text.
  private String spelledInBrackets(int id) {
    byte[] token = facts.tokens.get(id);
    return token.length > 2 && token[0] == '<' && token[token.length - 1] == '>'
        ? new String(token, UTF_8)
        : "";
  }

  private TokenType[] statedTypes() {
    if (facts.types.length != size) {
      throw new ModelFormatException(
          "%s: %d tokens, but %d token types".formatted(source, size, facts.types.length));
    }
    TokenType[] types = new TokenType[size];
    for (int id = 0; id < size; id++) {
      TokenType type = TokenType.byId(facts.types[id]);
      if (type == null) {
        throw new ModelFormatException(
            "%s: token %d has the type %d; types are 1 to 6"
                .formatted(source, id, facts.types[id]));
      }
      types[id] = type;
    }
    return types;
  }

  private TokenType[] inferredTypes() {
    TokenType[] types = new TokenType[size];
    for (int id = 0; id < size; id++) {
      byte[] token = facts.tokens.get(id);
      boolean octet = sentencePiece && Vocabulary.byteValue(token, 0, token.length) >= 0;
      types[id] = octet ? TokenType.BYTE : TokenType.NORMAL;
    }
    for (OptionalInt id : List.of(bos, eos, facts.eotId, facts.eomId, facts.padId)) {
      id.ifPresent(control -> types[control] = TokenType.CONTROL);
    }
    unknown.ifPresent(id -> types[id] = TokenType.UNKNOWN);
    return types;
  }

  private BpeTokenizer byteLevel(
      Vocabulary vocabulary, TokenIndex index, PairRule rule, String merging) {
    PieceEncoder encoder =
        new PieceEncoder(
            vocabulary,
            index,
            PieceEncoder.Symbols.BYTES,
            rule,
            facts.family == TokenizerBuilder.Family.RANKS || facts.preTokenizer.wholePieces(),
            new ByteFallback(vocabulary, false, unknown, false));
    TextPipeline pipeline =
        new TextPipeline(
            specials(vocabulary),
            UnaryOperator.identity(),
            new SpecialTokens(),
            facts.preTokenizer.pieces(),
            false);
    String description =
        "byte-level BPE, pre-tokenizer "
            + facts.preTokenizer.displayName()
            + ", "
            + size
            + " tokens, "
            + merging;
    boolean addsBos = facts.addBos.orElse(facts.preTokenizer.addsBos() && bos.isPresent());
    return new BpeTokenizer(description, vocabulary, pipeline, encoder, edges(vocabulary, addsBos));
  }

  private BpeTokenizer sentencePiece(Vocabulary vocabulary, TokenIndex index) {
    if (facts.scores.length != size) {
      throw new ModelFormatException(
          "%s: %d tokens, but %d scores".formatted(source, size, facts.scores.length));
    }
    PieceEncoder encoder =
        new PieceEncoder(
            vocabulary,
            index,
            PieceEncoder.Symbols.CHARACTERS,
            TextRanks.byScore(source, vocabulary, index, facts.scores),
            false,
            new ByteFallback(vocabulary, true, unknown, true));
    TextPipeline pipeline =
        new TextPipeline(
            specials(vocabulary),
            new SpaceMarks(facts.addSpacePrefix, facts.removeExtraWhitespaces),
            foundInMarkedText(vocabulary),
            new PreTokenization(List.of()),
            facts.addSpacePrefix);
    String description = "SentencePiece BPE, " + size + " tokens";
    boolean addsBos = facts.addBos.orElse(bos.isPresent());
    return new BpeTokenizer(description, vocabulary, pipeline, encoder, edges(vocabulary, addsBos));
  }

  private SpecialTokens specials(Vocabulary vocabulary) {
    List<SpecialToken> tokens = new ArrayList<>();
    for (int id = 0; id < size; id++) {
      if (vocabulary.type(id).isSpecial()) {
        tokens.add(new SpecialToken(id, vocabulary.piece(id), vocabulary.type(id).isControl()));
      }
    }
    return new SpecialTokens(source, tokens, UnaryOperator.identity());
  }

  private SpecialTokens foundInMarkedText(Vocabulary vocabulary) {
    List<SpecialToken> tokens = new ArrayList<>();
    for (int id : facts.foundInMarkedText) {
      if (vocabulary.type(id).isOrdinary()) {
        tokens.add(new SpecialToken(id, vocabulary.piece(id), false));
      }
    }
    return new SpecialTokens(source, tokens, UnaryOperator.identity());
  }

  private Edges edges(Vocabulary vocabulary, boolean addsBos) {
    List<Integer> before = addsBos ? List.of(require("beginning-of-text", bos)) : List.of();
    List<Integer> after = facts.addEos ? List.of(require("end-of-text", eos)) : List.of();
    Set<Integer> ends = new HashSet<>(facts.alsoEnd);
    for (OptionalInt id : List.of(eos, facts.eotId, facts.eomId)) {
      id.ifPresent(ends::add);
    }
    for (int id = 0; id < size; id++) {
      if (vocabulary.type(id).isControl() && Edges.END_TEXTS.contains(vocabulary.piece(id))) {
        ends.add(id);
      }
    }
    return new Edges(before, after, bos, eos, facts.padId, ends);
  }

  private int require(String name, OptionalInt id) {
    return id.orElseThrow(() ->
        new ModelFormatException(
            "%s: says that the %s token is added to prompts, but does not name it"
                .formatted(source, name)));
  }
}
