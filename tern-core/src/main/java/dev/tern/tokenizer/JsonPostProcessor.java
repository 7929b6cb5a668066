package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import java.util.ArrayList;
import java.util.List;

/// Reads the `post_processor` of `tokenizer.json`: which tokens stand around a text.
///
/// Source: Hugging Face tokenizers, `tokenizers/src/processors`.
///
/// @param before ids in front of a text
/// @param after ids behind a text
record JsonPostProcessor(List<Integer> before, List<Integer> after) {
  /// Nothing stands around a text.
  static final JsonPostProcessor NONE = new JsonPostProcessor(List.of(), List.of());

  /// Reads a post-processor of any type.
  ///
  /// @throws UnsupportedModelException if its type is not known
  static JsonPostProcessor read(JsonView processor) {
    String type = processor.get("type").string();
    return switch (type) {
      // Changes nothing but the positions that it reports for tokens.
      case "ByteLevel" -> NONE;
      case "TemplateProcessing" -> template(processor);
      case "Sequence" -> {
        JsonPostProcessor all = NONE;
        for (JsonView one : processor.get("processors").elements()) {
          all = all.inside(read(one));
        }
        yield all;
      }
      default ->
          throw new UnsupportedModelException(
              "%s: %s has the type %s; Tern knows ByteLevel, TemplateProcessing and Sequence. Use a GGUF file of the model"
                  .formatted(processor.source(), processor.path(), type));
    };
  }

  private JsonPostProcessor inside(JsonPostProcessor outer) {
    List<Integer> front = new ArrayList<>(outer.before);
    front.addAll(before);
    List<Integer> back = new ArrayList<>(after);
    back.addAll(outer.after);
    return new JsonPostProcessor(front, back);
  }

  private static JsonPostProcessor template(JsonView processor) {
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    JsonView single = processor.get("single");
    boolean textSeen = false;
    for (JsonView part : single.elements()) {
      if (part.find("SpecialToken").isPresent()) {
        String name = part.get("SpecialToken").get("id").string();
        for (JsonView id : processor.get("special_tokens").get(name).get("ids").elements()) {
          (textSeen ? after : before).add(id.integer());
        }
      } else if (part.get("Sequence").get("id").string().equals("A") && !textSeen) {
        textSeen = true;
      } else {
        throw single.wrong("a template with the text A once");
      }
    }
    if (!textSeen) {
      throw single.wrong("a template with the text A");
    }
    return new JsonPostProcessor(before, after);
  }
}
