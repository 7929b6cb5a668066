package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import java.text.Normalizer;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the `normalizer` of `tokenizer.json`: what is done to a text before anything is cut.
///
/// The forms of Unicode are the JDK's, which knows combining marks that the tables of Hugging Face
/// tokenizers (about Unicode 13) do not: it puts those in order, the reference leaves them where
/// they are.
///
/// Source: Hugging Face tokenizers, `tokenizers/src/normalizers`.
final class JsonNormalizer {
  private JsonNormalizer() {}

  /// Reads a normalizer of any type.
  ///
  /// @throws UnsupportedModelException if its type is not known
  static UnaryOperator<String> read(JsonView normalizer) {
    String type = normalizer.get("type").string();
    return switch (type) {
      case "NFC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFC);
      case "NFD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFD);
      case "NFKC" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKC);
      case "NFKD" -> text -> Normalizer.normalize(text, Normalizer.Form.NFKD);
      case "Prepend" -> prepend(normalizer.get("prepend").string());
      case "Replace" -> replace(normalizer);
      case "Strip" ->
          strip(normalizer.get("strip_left").bool(), normalizer.get("strip_right").bool());
      case "Sequence" -> sequence(normalizer.get("normalizers"));
      default ->
          throw new UnsupportedModelException(
              "%s: %s has the type %s; Tern knows NFC, NFD, NFKC, NFKD, Prepend, Replace, Strip and Sequence. Use a GGUF file of the model"
                  .formatted(normalizer.source(), normalizer.path(), type));
    };
  }

  private static UnaryOperator<String> prepend(String prefix) {
    return text -> text.isEmpty() ? text : prefix + text;
  }

  private static UnaryOperator<String> replace(JsonView normalizer) {
    Pattern pattern = JsonPreTokenizer.pattern(normalizer.get("pattern"));
    String content = Matcher.quoteReplacement(normalizer.get("content").string());
    return text -> pattern.matcher(text).replaceAll(content);
  }

  private static UnaryOperator<String> strip(boolean left, boolean right) {
    return text -> {
      int from = 0;
      int to = text.length();
      while (left && from < to && UnicodeClasses.isWhiteSpace(text.charAt(from))) {
        from++;
      }
      while (right && from < to && UnicodeClasses.isWhiteSpace(text.charAt(to - 1))) {
        to--;
      }
      return text.substring(from, to);
    };
  }

  private static UnaryOperator<String> sequence(JsonView normalizers) {
    UnaryOperator<String> all = UnaryOperator.identity();
    for (JsonView normalizer : normalizers.elements()) {
      UnaryOperator<String> before = all;
      UnaryOperator<String> next = read(normalizer);
      all = text -> next.apply(before.apply(text));
    }
    return all;
  }
}
