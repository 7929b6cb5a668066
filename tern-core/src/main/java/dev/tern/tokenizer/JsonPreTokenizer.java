package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import dev.tern.tokenizer.PreTokenizerStep.Behavior;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads the `pre_tokenizer` of `tokenizer.json`: how text is cut into pieces.
///
/// Source: Hugging Face tokenizers, `tokenizers/src/pre_tokenizers`.
final class JsonPreTokenizer {
  /// What the ByteLevel pre-tokenizer cuts at unless it is told not to.
  private static final String BYTE_LEVEL =
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  /// Unicode's punctuation and the ASCII characters that C calls punctuation.
  private static final String PUNCTUATION = "[\\p{P}$+<=>\\^`|~]";

  private JsonPreTokenizer() {}

  /// Reads a pre-tokenizer of any type.
  ///
  /// @throws UnsupportedModelException if its type is not known
  static List<PreTokenizerStep> read(JsonView preTokenizer) {
    String type = preTokenizer.get("type").string();
    return switch (type) {
      case "Sequence" ->
          preTokenizer.get("pretokenizers").elements().stream()
              .flatMap(one -> read(one).stream())
              .toList();
      case "Split" -> List.of(split(preTokenizer));
      case "ByteLevel" -> byteLevel(preTokenizer);
      case "Digits" -> List.of(digits(flag(preTokenizer, "individual_digits", false)));
      case "Punctuation" ->
          List.of(
              new PreTokenizerStep.Split(
                  Pattern.compile(PUNCTUATION),
                  preTokenizer
                      .find("behavior")
                      .map(JsonPreTokenizer::behavior)
                      .orElse(Behavior.ISOLATED),
                  false));
      case "Metaspace" -> List.of(metaspace(preTokenizer));
      default ->
          throw new UnsupportedModelException(
              "%s: %s has the type %s; Tern knows Split, ByteLevel, Digits, Punctuation, Metaspace and Sequence. Use a GGUF file of the model"
                  .formatted(preTokenizer.source(), preTokenizer.path(), type));
    };
  }

  private static boolean flag(JsonView view, String name, boolean absent) {
    return view.find(name).map(JsonView::bool).orElse(absent);
  }

  private static PreTokenizerStep split(JsonView split) {
    return new PreTokenizerStep.Split(
        pattern(split.get("pattern")),
        behavior(split.get("behavior")),
        flag(split, "invert", false));
  }

  /// Reads a pattern, which is a text or a regular expression.
  static Pattern pattern(JsonView pattern) {
    Optional<JsonView> literal = pattern.find("String");
    if (literal.isPresent()) {
      return Pattern.compile(Pattern.quote(literal.get().string()));
    }
    JsonView expression = pattern.get("Regex");
    return OnigurumaRegex.compile(
        "%s: %s".formatted(expression.source(), expression.path()), expression.string());
  }

  private static Behavior behavior(JsonView behavior) {
    return switch (behavior.string()) {
      case "Isolated" -> Behavior.ISOLATED;
      case "Removed" -> Behavior.REMOVED;
      case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
      case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
      case "Contiguous" -> Behavior.CONTIGUOUS;
      default ->
          throw behavior.wrong(
              "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous");
    };
  }

  private static List<PreTokenizerStep> byteLevel(JsonView byteLevel) {
    List<PreTokenizerStep> steps = new ArrayList<>();
    if (flag(byteLevel, "add_prefix_space", true)) {
      steps.add(new PreTokenizerStep.SpacePrefix());
    }
    if (flag(byteLevel, "use_regex", true)) {
      steps.add(new PreTokenizerStep.Split(OnigurumaRegex.compile(byteLevel.source(), BYTE_LEVEL)));
    }
    steps.add(new PreTokenizerStep.Bytes());
    return steps;
  }

  private static PreTokenizerStep digits(boolean individual) {
    return new PreTokenizerStep.Split(Pattern.compile(individual ? "\\p{N}" : "\\p{N}+"));
  }

  private static PreTokenizerStep metaspace(JsonView metaspace) {
    String mark = metaspace.get("replacement").string();
    if (mark.length() != 1) {
      throw metaspace.get("replacement").wrong("one character");
    }
    return new PreTokenizerStep.Metaspace(
        mark.charAt(0), prefix(metaspace), flag(metaspace, "split", true));
  }

  /// Where a Metaspace, as pre-tokenizer or as decoder, puts a mark in front of a text.
  static Prefix prefix(JsonView metaspace) {
    if (!flag(metaspace, "add_prefix_space", true)) {
      return Prefix.NEVER;
    }
    Optional<JsonView> scheme = metaspace.find("prepend_scheme");
    return scheme.isEmpty()
        ? Prefix.ALWAYS
        : switch (scheme.get().string()) {
          case "always" -> Prefix.ALWAYS;
          case "first" -> Prefix.FIRST;
          case "never" -> Prefix.NEVER;
          default -> throw scheme.get().wrong("always, first or never");
        };
  }
}
