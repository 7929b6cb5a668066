package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;

/// Reads `tokenizer.model`, a SentencePiece model of the BPE kind.
///
/// Source: SentencePiece, `src/sentencepiece_model.proto`; the defaults here are the defaults
/// there.
final class SentencePieceModel {
  private static final int UNIGRAM = 1;
  private static final int BPE = 2;

  private final String source;
  private final List<byte[]> pieces = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<Integer> types = new ArrayList<>();

  /// Pieces that text always becomes where it spells them; otherwise they are like any other.
  private final List<Integer> userDefined = new ArrayList<>();

  private long modelType = UNIGRAM;
  private long bosId = 1;
  private long eosId = 2;
  private long padId = -1;
  private boolean addDummyPrefix = true;
  private boolean removeExtraWhitespaces = true;

  private SentencePieceModel(String source) {
    this.source = source;
  }

  /// Reads a model.
  ///
  /// @param source what to call the file in messages
  /// @param config what the files beside it say; its added tokens are appended
  static Tokenizer read(String source, byte[] bytes, TokenizerConfig config) {
    SentencePieceModel model = new SentencePieceModel(source);
    model.readModel(new ProtobufReader(source, bytes));
    return model.toTokenizer(config);
  }

  /// {@return what a GGUF file of the model says of the tokenizer}
  static TokenizerFacts facts(String source, byte[] bytes, TokenizerConfig config) {
    SentencePieceModel model = new SentencePieceModel(source);
    model.readModel(new ProtobufReader(source, bytes));
    return model.toFacts(config);
  }

  private TokenizerFacts toFacts(TokenizerConfig config) {
    append(config.tokensAfter(source, pieces));
    int[] stated = types.stream().mapToInt(Integer::intValue).toArray();
    userDefined.forEach(id -> stated[id] = TokenType.USER_DEFINED.id());
    OptionalInt bos = id(config.bosToken(), bosId);
    OptionalInt eos = id(config.eosToken(), eosId);
    Set<Integer> ends = new TreeSet<>(config.endIdsBelow(pieces.size()));
    eos.ifPresent(ends::add);
    return new TokenizerFacts(
        false,
        List.copyOf(pieces),
        stated,
        scoreArray(),
        List.of(),
        Optional.empty(),
        bos,
        eos,
        List.copyOf(ends),
        OptionalInt.of(unknownId()),
        id(config.padToken(), padId),
        config.addBos().orElse(bos.isPresent()),
        config.addEos().orElse(false),
        addDummyPrefix,
        removeExtraWhitespaces,
        List.of());
  }

  private void readModel(ProtobufReader model) {
    while (model.next()) {
      switch (model.field()) {
        case 1 -> readPiece(model.readMessage("a piece"));
        case 2 -> readTrainer(model.readMessage("the trainer specification"));
        case 3 -> readNormalizer(model.readMessage("the normalizer specification"));
        case 5 -> requireNoRules(model.readMessage("the denormalizer specification"));
        default -> model.skip();
      }
    }
    if (pieces.isEmpty()) {
      throw new ModelFormatException("%s: the model has no pieces".formatted(source));
    }
    if (modelType != BPE) {
      throw unsupported(
          modelType == UNIGRAM
              ? "a Unigram model"
              : "a model of type " + modelType + ", neither BPE nor Unigram");
    }
  }

  private void readPiece(ProtobufReader piece) {
    byte[] text = {};
    float score = 0;
    long type = TokenType.NORMAL.id();
    while (piece.next()) {
      switch (piece.field()) {
        case 1 -> text = piece.readBytes("the text of a piece");
        case 2 -> score = piece.readFloat("the score of a piece");
        case 3 -> type = piece.readInteger("the type of a piece");
        default -> piece.skip();
      }
    }
    if (type < TokenType.NORMAL.id() || type > TokenType.BYTE.id()) {
      throw new ModelFormatException(
          "%s: piece %d has the type %d; types are 1 to 6".formatted(source, pieces.size(), type));
    }
    if (type == TokenType.UNUSED.id()) {
      throw unsupported("a model with pieces that are marked as unused");
    }
    if (type == TokenType.USER_DEFINED.id()) {
      userDefined.add(pieces.size());
      type = TokenType.NORMAL.id();
    }
    pieces.add(text);
    scores.add(score);
    types.add((int) type);
  }

  private void readTrainer(ProtobufReader trainer) {
    while (trainer.next()) {
      switch (trainer.field()) {
        case 3 -> modelType = trainer.readInteger("the model type");
        case 24 -> {
          if (trainer.readInteger("treat_whitespace_as_suffix") != 0) {
            throw unsupported("a model that marks the end of words");
          }
        }
        case 41 -> bosId = trainer.readInteger("the beginning-of-text id");
        case 42 -> eosId = trainer.readInteger("the end-of-text id");
        case 43 -> padId = trainer.readInteger("the padding id");
        default -> trainer.skip();
      }
    }
  }

  private void readNormalizer(ProtobufReader normalizer) {
    while (normalizer.next()) {
      switch (normalizer.field()) {
        case 2 -> requireEmpty(normalizer.readBytes("the normalization rules"));
        case 3 -> addDummyPrefix = normalizer.readInteger("add_dummy_prefix") != 0;
        case 4 -> removeExtraWhitespaces = normalizer.readInteger("remove_extra_whitespaces") != 0;
        case 5 -> {
          if (normalizer.readInteger("escape_whitespaces") == 0) {
            throw unsupported("a model that does not mark spaces");
          }
        }
        default -> normalizer.skip();
      }
    }
  }

  private void requireNoRules(ProtobufReader denormalizer) {
    while (denormalizer.next()) {
      if (denormalizer.field() == 2) {
        requireEmpty(denormalizer.readBytes("the denormalization rules"));
      } else {
        denormalizer.skip();
      }
    }
  }

  private void requireEmpty(byte[] rules) {
    if (rules.length > 0) {
      throw unsupported("a model with rules to normalize text");
    }
  }

  private UnsupportedModelException unsupported(String what) {
    return new UnsupportedModelException(
        "%s: %s; Tern reads SentencePiece models of the BPE kind without such. Use the model's tokenizer.json, or a GGUF file of the model"
            .formatted(source, what));
  }

  private Tokenizer toTokenizer(TokenizerConfig config) {
    append(config.tokensAfter(source, pieces));
    TokenizerBuilder builder =
        TokenizerBuilder.sentencePiece(source, pieces)
            .types(types.stream().mapToInt(Integer::intValue).toArray())
            .scores(scoreArray())
            .addSpacePrefix(addDummyPrefix)
            .removeExtraWhitespaces(removeExtraWhitespaces)
            .foundInMarkedText(userDefined)
            .unknownId(unknownId());
    id(config.bosToken(), bosId).ifPresent(builder::bosId);
    id(config.eosToken(), eosId).ifPresent(builder::eosId);
    id(config.padToken(), padId).ifPresent(builder::padId);
    config.addBos().ifPresent(builder::addBos);
    config.addEos().ifPresent(builder::addEos);
    builder.alsoEnd(config.endIdsBelow(pieces.size()));
    return builder.build();
  }

  private void append(List<SpecialToken> tokens) {
    for (SpecialToken token : tokens) {
      if (token.isWord() || token.takesSpaceBefore() || token.takesSpaceAfter()) {
        throw unsupported(
            "the added token '%s', which depends on what is around it".formatted(token.text()));
      }
      pieces.add(token.text().getBytes(UTF_8));
      scores.add(0f);
      types.add((token.isControl() ? TokenType.CONTROL : TokenType.USER_DEFINED).id());
    }
  }

  /// The id of a special token: by its text if the configuration gives one, else as the model says.
  private OptionalInt id(Optional<String> text, long stated) {
    if (text.isEmpty()) {
      return stated < 0
          ? OptionalInt.empty()
          : OptionalInt.of((int) Math.min(stated, pieces.size()));
    }
    byte[] wanted = text.get().getBytes(UTF_8);
    for (int id = 0; id < pieces.size(); id++) {
      if (Arrays.equals(pieces.get(id), wanted)) {
        return OptionalInt.of(id);
      }
    }
    throw new ModelFormatException(
        "%s: tokenizer_config.json names the token '%s', which the model does not have"
            .formatted(source, text.get()));
  }

  private float[] scoreArray() {
    float[] array = new float[scores.size()];
    for (int id = 0; id < array.length; id++) {
      array[id] = scores.get(id);
    }
    return array;
  }

  private int unknownId() {
    int id = types.indexOf(TokenType.UNKNOWN.id());
    if (id < 0 || id != types.lastIndexOf(TokenType.UNKNOWN.id())) {
      throw new ModelFormatException(
          "%s: the model should have one unknown piece, but has %s"
              .formatted(source, id < 0 ? "none" : "several"));
    }
    return id;
  }
}
