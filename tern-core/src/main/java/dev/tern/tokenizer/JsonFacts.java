package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Takes the facts out of a `tokenizer.json` that a GGUF file of the model needs.
final class JsonFacts {
  private final JsonView root;
  private final JsonBpeModel model;
  private final Edges edges;
  private final List<String> losses = new ArrayList<>();

  JsonFacts(JsonView root, JsonBpeModel model, Edges edges) {
    this.root = root;
    this.model = model;
    this.edges = edges;
  }

  /// Reads those of a byte-level tokenizer.
  TokenizerFacts byteLevel(List<PreTokenizerStep> steps) {
    int[] types = types();
    if (root.find("normalizer").isPresent()) {
      losses.add(
          "tokenizer.json normalizes text (%s), which a GGUF file cannot say"
              .formatted(root.get("normalizer").get("type").string()));
    }
    return facts(types, new float[0], merges(), preTokenizer(steps), OptionalInt.empty(), false);
  }

  /// Reads those of a tokenizer that merges characters, which in GGUF files merge by scores.
  TokenizerFacts characters(List<PreTokenizerStep> steps) {
    if (!model.spellsEveryByte()) {
      throw new UnsupportedModelException(
          "%s: a GGUF file cannot hold this tokenizer, because it has no tokens for bytes; the folder runs as it is"
              .formatted(root.source()));
    }
    JsonSpacing spacing = JsonSpacing.read(root, steps, model.vocabulary());
    if (model.ignoresMerges() && !model.everyTokenMergesToItself()) {
      throw new UnsupportedModelException(
          "%s: a GGUF file cannot hold this tokenizer, because texts become tokens that they do not merge to; the folder runs as it is"
              .formatted(root.source()));
    }
    int[] types = types();
    for (SpecialToken token : model.addedTokens()) {
      if (!token.isControl()) {
        userDefined(token, types, spacing);
      }
    }
    model.unknownId().ifPresent(id -> types[id] = TokenType.UNKNOWN.id());
    losses.addAll(spacing.losses());
    if (edges.eos().isEmpty()) {
      losses.add(
          "nothing names the token that ends a text, for which programs that read GGUF files take 2");
    }
    return facts(
        types, model.scores(), List.of(), Optional.empty(), model.unknownId(), spacing.prefixes());
  }

  /// Text that is always one token. With a mark in it, it is made by merging too, because what it
  /// was made of is then spelled with spaces.
  private void userDefined(SpecialToken token, int[] types, JsonSpacing spacing) {
    if (token.text().indexOf(Vocabulary.SPACE_MARK) >= 0) {
      return;
    }
    types[token.id()] = TokenType.USER_DEFINED.id();
    if (token.isNormalized() && spacing.prefixes()) {
      losses.add(
          "no space is put in front of what follows the token '%s', which a GGUF file cannot say"
              .formatted(token.text()));
    }
  }

  private int[] types() {
    Vocabulary vocabulary = model.vocabulary();
    int[] types = new int[vocabulary.size()];
    for (int id = 0; id < types.length; id++) {
      types[id] = vocabulary.type(id).id();
    }
    return types;
  }

  private List<byte[]> tokens() {
    Vocabulary vocabulary = model.vocabulary();
    List<byte[]> tokens = new ArrayList<>(vocabulary.size());
    for (int id = 0; id < vocabulary.size(); id++) {
      tokens.add(
          vocabulary.type(id) == TokenType.UNUSED
              ? "[PAD%d]".formatted(id).getBytes(UTF_8)
              : vocabulary.piece(id).getBytes(UTF_8));
    }
    return tokens;
  }

  private TokenizerFacts facts(
      int[] types,
      float[] scores,
      List<byte[]> merges,
      Optional<PreTokenizer> preTokenizer,
      OptionalInt unknownId,
      boolean addSpacePrefix) {
    for (SpecialToken token : model.addedTokens()) {
      if (token.isWord() || token.takesSpaceBefore() || token.takesSpaceAfter()) {
        losses.add(
            "the token '%s' depends on the blanks or letters around it, which a GGUF file cannot say"
                .formatted(token.text()));
      }
    }
    return new TokenizerFacts(
        scores.length == 0,
        tokens(),
        types,
        scores,
        merges,
        preTokenizer,
        edges.bos(),
        edges.eos(),
        edges.ends().stream().sorted(Comparator.naturalOrder()).toList(),
        unknownId,
        edges.pad(),
        adds("begin", edges.before(), edges.bos()),
        adds("end", edges.after(), edges.eos()),
        addSpacePrefix,
        false,
        losses);
  }

  private boolean adds(String where, List<Integer> ids, OptionalInt id) {
    boolean adds = id.isPresent() && ids.equals(List.of(id.getAsInt()));
    if (!adds && !ids.isEmpty()) {
      losses.add(
          "prompts %s with the tokens %s, which a GGUF file cannot say".formatted(where, ids));
    }
    return adds;
  }

  private Optional<PreTokenizer> preTokenizer(List<PreTokenizerStep> steps) {
    return PreTokenizerRecognition.recognize(steps)
        .filter(known ->
            known.wholePieces() == model.ignoresMerges() || model.everyTokenMergesToItself());
  }

  private List<byte[]> merges() {
    List<byte[]> merges = new ArrayList<>();
    for (JsonView merge : root.get("model").get("merges").elements()) {
      merges.add(
          switch (merge.value()) {
            case JsonValue.Text text -> text.value().getBytes(UTF_8);
            case JsonValue.Elements(List<JsonValue> pair) when pair.size() == 2 -> {
              String left = merge.elements().getFirst().string();
              String right = merge.elements().getLast().string();
              if (left.contains(" ") || right.contains(" ")) {
                throw new UnsupportedModelException(
                    "%s: a merge of tokens with spaces in them, which a GGUF file cannot hold"
                        .formatted(root.source()));
              }
              yield (left + " " + right).getBytes(UTF_8);
            }
            default -> throw merge.wrong("a pair of tokens");
          });
    }
    return merges;
  }
}
