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

  TokenizerFacts read(List<PreTokenizerStep> steps) {
    Vocabulary vocabulary = model.vocabulary();
    int size = vocabulary.size();
    List<byte[]> tokens = new ArrayList<>(size);
    int[] types = new int[size];
    for (int id = 0; id < size; id++) {
      TokenType type = vocabulary.type(id);
      types[id] = type.id();
      tokens.add(
          type == TokenType.UNUSED
              ? "[PAD%d]".formatted(id).getBytes(UTF_8)
              : vocabulary.piece(id).getBytes(UTF_8));
    }
    if (root.find("normalizer").isPresent()) {
      losses.add(
          "tokenizer.json normalizes text (%s), which a GGUF file cannot say"
              .formatted(root.get("normalizer").get("type").string()));
    }
    for (SpecialToken token : model.addedTokens()) {
      if (token.isWord() || token.takesSpaceBefore() || token.takesSpaceAfter()) {
        losses.add(
            "the token '%s' depends on the blanks or letters around it, which a GGUF file cannot say"
                .formatted(token.text()));
      }
    }
    return new TokenizerFacts(
        true,
        tokens,
        types,
        new float[0],
        merges(),
        preTokenizer(steps),
        edges.bos(),
        edges.eos(),
        edges.ends().stream().sorted(Comparator.naturalOrder()).toList(),
        OptionalInt.empty(),
        edges.pad(),
        adds("begin", edges.before(), edges.bos()),
        adds("end", edges.after(), edges.eos()),
        false,
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
