package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace.Prefix;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a `tokenizer.json` that is not byte-level does to a text before it merges characters, as
/// far as a GGUF file can say it: spaces become U+2581, and perhaps one is put in front.
///
/// Transformers writes that in three ways: normalizers that prepend and replace, a normalizer that
/// replaces, or the pre-tokenizer Metaspace.
final class JsonSpacing {
  private static final String MARK = Character.toString(Vocabulary.SPACE_MARK);

  private final String source;
  private final List<String> losses = new ArrayList<>();
  private boolean marks;
  private boolean prefixes;

  private JsonSpacing(String source) {
    this.source = source;
  }

  /// Reads normalizer and pre-tokenizer.
  ///
  /// @param root the whole file
  /// @param steps its pre-tokenizer
  /// @param vocabulary its tokens
  /// @throws UnsupportedModelException if they do something else that changes most texts
  static JsonSpacing read(JsonView root, List<PreTokenizerStep> steps, Vocabulary vocabulary) {
    JsonSpacing spacing = new JsonSpacing(root.source());
    root.find("normalizer").ifPresent(spacing::normalizer);
    for (PreTokenizerStep step : steps) {
      switch (step) {
        case Metaspace metaspace -> spacing.metaspace(metaspace, vocabulary);
        case PreTokenizerStep.Split split when spacing.marks && cutsAtSpaces(split) -> {}
        default -> throw spacing.unsupported("it cuts text before it merges");
      }
    }
    if (!spacing.marks) {
      throw spacing.unsupported("it does not write U+2581 for spaces");
    }
    return spacing;
  }

  /// Where spaces have been replaced there are none left to cut at.
  private static boolean cutsAtSpaces(PreTokenizerStep.Split split) {
    return split.pattern().pattern().equals(Pattern.quote(" "));
  }

  private void normalizer(JsonView normalizer) {
    String type = normalizer.get("type").string();
    switch (type) {
      case "Sequence" -> normalizer.get("normalizers").elements().forEach(this::normalizer);
      case "Prepend" -> {
        String text = normalizer.get("prepend").string();
        if (!text.equals(MARK) && (marks || !text.equals(" "))) {
          throw unsupported("it puts '%s' in front of a text".formatted(text));
        }
        prefixes = true;
      }
      case "Replace" -> replace(normalizer);
      default ->
          losses.add(
              "tokenizer.json normalizes text (%s), which a GGUF file cannot say".formatted(type));
    }
  }

  private void replace(JsonView normalizer) {
    String pattern =
        normalizer.get("pattern").find("String").map(JsonView::string).orElse("an expression");
    String content = normalizer.get("content").string();
    if (pattern.equals(" ") && content.equals(MARK)) {
      marks = true;
    } else {
      losses.add(
          "tokenizer.json replaces '%s' by '%s', which a GGUF file cannot say"
              .formatted(pattern, content));
    }
  }

  private void metaspace(Metaspace metaspace, Vocabulary vocabulary) {
    if (metaspace.mark() != Vocabulary.SPACE_MARK) {
      throw unsupported("it writes '%s' for spaces".formatted(metaspace.mark()));
    }
    if (metaspace.cuts()) {
      requireWords(vocabulary);
    }
    marks = true;
    if (metaspace.prefix() != Prefix.NEVER) {
      prefixes = true;
      losses.add(
          "tokenizer.json puts a space in front of a text only if it has none%s, which a GGUF file cannot say"
              .formatted(
                  metaspace.prefix() == Prefix.FIRST ? ", and never after a special token" : ""));
    }
  }

  /// Cutting before every mark changes nothing if no token goes on behind one.
  private void requireWords(Vocabulary vocabulary) {
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.type(id) == TokenType.NORMAL && vocabulary.piece(id).indexOf(MARK, 1) > 0) {
        throw unsupported(
            "it cuts text before every space, and never makes the token '%s'"
                .formatted(vocabulary.piece(id)));
      }
    }
  }

  private UnsupportedModelException unsupported(String what) {
    return new UnsupportedModelException(
        "%s: a GGUF file cannot hold this tokenizer, because %s; the folder runs as it is, and a tokenizer.model beside it would be taken instead"
            .formatted(source, what));
  }

  /// {@return whether a space is put in front of a text}
  boolean prefixes() {
    return prefixes;
  }

  /// {@return what a GGUF file cannot say and few texts show}
  List<String> losses() {
    return losses;
  }
}
