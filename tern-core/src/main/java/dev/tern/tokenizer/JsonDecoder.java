package dev.tern.tokenizer;

import dev.tern.UnsupportedModelException;
import dev.tern.json.JsonView;
import dev.tern.tokenizer.PreTokenizerStep.Metaspace.Prefix;

/// Reads the `decoder` of `tokenizer.json`, as far as it says something that the rest of the file
/// does not: how spaces are spelled, and whether the first is taken away.
///
/// Source: Hugging Face tokenizers, `tokenizers/src/decoders`.
///
/// @param readsByteAlphabet whether tokens are spelled in [ByteAlphabet]
/// @param readsSpaceMarks whether U+2581 stands for a space
/// @param takesFirstSpace whether a space at the beginning of a text is taken away
record JsonDecoder(boolean readsByteAlphabet, boolean readsSpaceMarks, boolean takesFirstSpace) {
  private static final JsonDecoder NOTHING = new JsonDecoder(false, false, false);

  /// Reads a decoder of any type.
  ///
  /// @throws UnsupportedModelException if its type is not known, or does something unusual
  static JsonDecoder read(JsonView decoder) {
    String type = decoder.get("type").string();
    return switch (type) {
      case "ByteLevel" -> new JsonDecoder(true, false, false);
      case "ByteFallback", "Fuse" -> NOTHING;
      case "Replace" -> replace(decoder);
      case "Strip" -> strip(decoder);
      case "Metaspace" -> metaspace(decoder);
      case "Sequence" -> {
        JsonDecoder all = NOTHING;
        for (JsonView one : decoder.get("decoders").elements()) {
          all = all.and(read(one));
        }
        yield all;
      }
      default ->
          throw unsupported(
              decoder,
              "has the type %s; Tern knows ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace and Sequence"
                  .formatted(type));
    };
  }

  private JsonDecoder and(JsonDecoder other) {
    return new JsonDecoder(
        readsByteAlphabet || other.readsByteAlphabet,
        readsSpaceMarks || other.readsSpaceMarks,
        takesFirstSpace || other.takesFirstSpace);
  }

  private static JsonDecoder replace(JsonView decoder) {
    JsonView pattern = decoder.get("pattern");
    boolean spaces =
        pattern.find("String").map(JsonView::string).orElse("").equals(mark())
            && decoder.get("content").string().equals(" ");
    if (!spaces) {
      throw unsupported(decoder, "replaces something other than U+2581 by a space");
    }
    return new JsonDecoder(false, true, false);
  }

  private static JsonDecoder strip(JsonView decoder) {
    int start = decoder.get("start").integer();
    if (!decoder.get("content").string().equals(" ")
        || start < 0
        || start > 1
        || decoder.get("stop").integer() != 0) {
      throw unsupported(decoder, "takes away more than the first space");
    }
    return new JsonDecoder(false, false, start == 1);
  }

  private static JsonDecoder metaspace(JsonView decoder) {
    if (!decoder.get("replacement").string().equals(mark())) {
      throw unsupported(decoder, "has a mark for spaces other than U+2581");
    }
    return new JsonDecoder(false, true, JsonPreTokenizer.prefix(decoder) != Prefix.NEVER);
  }

  private static String mark() {
    return Character.toString(Vocabulary.SPACE_MARK);
  }

  private static UnsupportedModelException unsupported(JsonView decoder, String what) {
    return new UnsupportedModelException(
        "%s: %s %s. Use a GGUF file of the model"
            .formatted(decoder.source(), decoder.path(), what));
  }
}
