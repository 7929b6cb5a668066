package dev.tern.tokenizer;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Reads `tokenizer.json`, the form of Hugging Face tokenizers, with a model of type BPE.
///
/// What the file asks for is done or refused by name. Only its `truncation` and `padding` are
/// passed over, because transformers replaces both at every call.
final class TokenizerJson {
  private final JsonView root;
  private final String source;
  private final TokenizerConfig config;
  private final Optional<PreTokenizer> override;

  private TokenizerJson(JsonView root, TokenizerConfig config, Optional<PreTokenizer> override) {
    this.root = root;
    source = root.source();
    this.config = config;
    this.override = override;
  }

  /// Makes a tokenizer.
  ///
  /// @param root the whole file
  /// @param config what the files beside it say
  /// @param override the pre-tokenizer to use instead of the file's
  static Tokenizer read(JsonView root, TokenizerConfig config, Optional<PreTokenizer> override) {
    return new TokenizerJson(root, config, override).read();
  }

  private Tokenizer read() {
    JsonView bpe = root.get("model");
    List<PreTokenizerStep> steps =
        root.find("pre_tokenizer").map(JsonPreTokenizer::read).orElse(List.of());
    boolean byteLevel = isByteLevel(steps);
    JsonDecoder decoder =
        root.find("decoder")
            .map(JsonDecoder::read)
            .orElse(new JsonDecoder(byteLevel, false, false));
    requireConsistency(byteLevel, decoder);
    JsonBpeModel model = new JsonBpeModel(bpe, byteLevel, addedTokens());
    Vocabulary vocabulary = model.vocabulary();
    UnaryOperator<String> normalizer =
        root.find("normalizer").map(JsonNormalizer::read).orElse(UnaryOperator.identity());
    TextPipeline pipeline =
        new TextPipeline(
            specials(model, false, UnaryOperator.identity()),
            normalizer,
            specials(model, true, normalizer),
            override.map(PreTokenizer::pieces).orElseGet(() -> new PreTokenization(steps)),
            decoder.takesFirstSpace() || (override.isEmpty() && prefixesSpace(steps)));
    boolean wholePieces = override.map(PreTokenizer::wholePieces).orElseGet(model::ignoresMerges);
    return new BpeTokenizer(
        description(byteLevel, vocabulary.size(), model.mergeCount()),
        vocabulary,
        pipeline,
        model.encoder(wholePieces),
        edges(model));
  }

  /// {@return what a GGUF file of the model says of the tokenizer}
  ///
  /// @throws UnsupportedModelException if a GGUF file cannot hold the tokenizer
  static TokenizerFacts facts(JsonView root, TokenizerConfig config) {
    TokenizerJson file = new TokenizerJson(root, config, Optional.empty());
    List<PreTokenizerStep> steps =
        root.find("pre_tokenizer").map(JsonPreTokenizer::read).orElse(List.of());
    boolean byteLevel = file.isByteLevel(steps);
    JsonBpeModel model = new JsonBpeModel(root.get("model"), byteLevel, file.addedTokens());
    JsonFacts facts = new JsonFacts(root, model, file.edges(model));
    return byteLevel ? facts.byteLevel(steps) : facts.characters(steps);
  }

  private boolean isByteLevel(List<PreTokenizerStep> steps) {
    boolean seen = false;
    for (PreTokenizerStep step : steps) {
      if (seen && !(step instanceof PreTokenizerStep.Split)) {
        throw new UnsupportedModelException(
            "%s: pre_tokenizer changes text after ByteLevel has turned it into bytes"
                .formatted(source));
      }
      seen |= step instanceof PreTokenizerStep.Bytes;
    }
    return seen;
  }

  private static boolean prefixesSpace(List<PreTokenizerStep> steps) {
    return steps.stream().anyMatch(PreTokenizerStep.SpacePrefix.class::isInstance);
  }

  private void requireConsistency(boolean byteLevel, JsonDecoder decoder) {
    if (byteLevel != decoder.readsByteAlphabet() || byteLevel == decoder.readsSpaceMarks()) {
      throw new UnsupportedModelException(
          "%s: a byte-level tokenizer needs ByteLevel as its pre-tokenizer and as its decoder, any other a decoder that makes spaces of U+2581; here the two do not belong together"
              .formatted(source));
    }
    if (override.isPresent() && !byteLevel) {
      throw new UnsupportedModelException(
          "%s: the pre-tokenizer %s is for byte-level tokenizers, and this is none"
              .formatted(source, override.get().displayName()));
    }
  }

  private List<SpecialToken> addedTokens() {
    List<SpecialToken> tokens = new ArrayList<>();
    Set<String> texts = new HashSet<>();
    for (JsonView token : root.find("added_tokens").map(JsonView::elements).orElse(List.of())) {
      SpecialToken read = SpecialToken.read(token.get("id").integer(), token);
      tokens.add(read);
      texts.add(read.text());
    }
    for (SpecialToken token : config.addedTokens()) {
      if (texts.add(token.text())) {
        tokens.add(token);
      }
    }
    return tokens;
  }

  private SpecialTokens specials(
      JsonBpeModel model, boolean normalized, UnaryOperator<String> normalizer) {
    return new SpecialTokens(
        source,
        model.addedTokens().stream().filter(token -> token.isNormalized() == normalized).toList(),
        normalizer);
  }

  private Edges edges(JsonBpeModel model) {
    JsonPostProcessor processor =
        root.find("post_processor").map(JsonPostProcessor::read).orElse(JsonPostProcessor.NONE);
    List<Integer> outermostLast = processor.after().reversed();
    List<Integer> endIds = config.endIdsBelow(model.vocabulary().size());
    OptionalInt bos =
        id(model, "bos_token", config.bosToken(), orElse(processor.before(), bosIds(model)));
    OptionalInt eos = id(model, "eos_token", config.eosToken(), orElse(outermostLast, endIds));
    OptionalInt pad = config.padToken().map(model::find).orElse(OptionalInt.empty());
    List<Integer> before = begun(processor.before(), "bos_token", bos, config.addBos());
    List<Integer> after = begun(outermostLast, "eos_token", eos, config.addEos()).reversed();
    before.forEach(id -> model.requireId("post_processor", id));
    after.forEach(id -> model.requireId("post_processor", id));
    return new Edges(before, after, bos, eos, pad, ends(model, eos, endIds));
  }

  private List<Integer> bosIds(JsonBpeModel model) {
    return config.bosId().stream().filter(id -> id < model.vocabulary().size()).boxed().toList();
  }

  private static List<Integer> orElse(List<Integer> ids, List<Integer> others) {
    return ids.isEmpty() ? others : ids;
  }

  /// A token by the text that the configuration gives, else the first of those around a text.
  private OptionalInt id(
      JsonBpeModel model, String name, Optional<String> text, List<Integer> around) {
    if (text.isEmpty()) {
      return around.isEmpty() ? OptionalInt.empty() : OptionalInt.of(around.getFirst());
    }
    OptionalInt id = model.find(text.get());
    if (id.isEmpty()) {
      throw new ModelFormatException(
          "%s: tokenizer_config.json names '%s' as the %s, but there is no such token"
              .formatted(source, text.get(), name));
    }
    return id;
  }

  /// Begins a list with a token, or not, if the configuration says so.
  private List<Integer> begun(
      List<Integer> ids, String name, OptionalInt first, Optional<Boolean> wanted) {
    if (wanted.isEmpty() || (first.isEmpty() && !wanted.get())) {
      return ids;
    }
    int id =
        first.orElseThrow(() ->
            new ModelFormatException(
                "%s: tokenizer_config.json wants a %s added to prompts, but does not name it"
                    .formatted(source, name)));
    boolean there = !ids.isEmpty() && ids.getFirst() == id;
    if (there == wanted.get()) {
      return ids;
    }
    List<Integer> changed = new ArrayList<>(ids);
    if (wanted.get()) {
      changed.addFirst(id);
    } else {
      changed.removeFirst();
    }
    return changed;
  }

  private static Set<Integer> ends(JsonBpeModel model, OptionalInt eos, List<Integer> endIds) {
    Set<Integer> ends = new HashSet<>(endIds);
    eos.ifPresent(ends::add);
    for (SpecialToken token : model.addedTokens()) {
      if (Edges.END_TEXTS.contains(token.text())) {
        ends.add(token.id());
      }
    }
    return ends;
  }

  private String description(boolean byteLevel, int tokens, int merges) {
    return (byteLevel ? "byte-level BPE" : "BPE over characters")
        + ", pre-tokenizer "
        + override.map(PreTokenizer::displayName).orElse("of tokenizer.json")
        + ", "
        + tokens
        + " tokens, "
        + merges
        + " merges";
  }
}
