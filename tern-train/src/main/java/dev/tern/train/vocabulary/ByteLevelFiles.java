package dev.tern.train.vocabulary;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Writes a byte-level vocabulary as Hugging Face tokenizers reads it: `tokenizer.json` and
/// `tokenizer_config.json`. The special tokens have the last ids.
final class ByteLevelFiles {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ByteLevelFiles() {}

  /// The contents of the files by their names.
  ///
  /// @param tokens in GPT-2's letters; the index is the id
  /// @param merges `left right`, the earliest first
  /// @param marks the special tokens; the first begins texts and the second ends them
  static Map<String, byte[]> of(List<String> tokens, List<String> merges, List<String> marks) {
    int firstMark = tokens.size();
    Map<String, Object> vocabulary = new LinkedHashMap<>();
    for (String token : tokens) {
      vocabulary.put(token, vocabulary.size());
    }
    List<Object> added = new ArrayList<>();
    for (String mark : marks) {
      added.add(addedToken(firstMark + added.size(), mark));
    }
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("dropout", null);
    model.put("unk_token", null);
    model.put("continuing_subword_prefix", null);
    model.put("end_of_word_suffix", null);
    model.put("fuse_unk", false);
    model.put("byte_fallback", false);
    model.put("ignore_merges", ByteLevelLearning.CUTTING.wholePieces());
    model.put("vocab", vocabulary);
    model.put("merges", merges);
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", "1.0");
    root.put("truncation", null);
    root.put("padding", null);
    root.put("added_tokens", added);
    root.put("normalizer", null);
    root.put("pre_tokenizer", cutting());
    root.put("post_processor", edges(marks.getFirst(), firstMark));
    root.put("decoder", byteLevel());
    root.put("model", model);
    return Map.of(
        "tokenizer.json",
        JSON.writeValueAsBytes(root),
        "tokenizer_config.json",
        JSON.writeValueAsBytes(config(marks)));
  }

  private static Map<String, Object> addedToken(int id, String text) {
    Map<String, Object> token = new LinkedHashMap<>();
    token.put("id", id);
    token.put("content", text);
    token.put("single_word", false);
    token.put("lstrip", false);
    token.put("rstrip", false);
    token.put("normalized", false);
    token.put("special", true);
    return token;
  }

  private static Map<String, Object> byteLevel() {
    return typed("ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", false);
  }

  private static Map<String, Object> cutting() {
    List<Object> steps = new ArrayList<>();
    for (String expression : ByteLevelLearning.CUTTING.expressions()) {
      steps.add(
          typed(
              "Split",
              "pattern",
              Map.of("Regex", expression),
              "behavior",
              "Isolated",
              "invert",
              false));
    }
    steps.add(byteLevel());
    return typed("Sequence", "pretokenizers", steps);
  }

  private static Map<String, Object> edges(String begin, int id) {
    return typed(
        "TemplateProcessing",
        "single",
        List.of(mark(begin, 0), text("A", 0)),
        "pair",
        List.of(mark(begin, 0), text("A", 0), mark(begin, 1), text("B", 1)),
        "special_tokens",
        Map.of(begin, ordered("id", begin, "ids", List.of(id), "tokens", List.of(begin))));
  }

  private static Map<String, Object> mark(String text, int type) {
    return Map.of("SpecialToken", ordered("id", text, "type_id", type));
  }

  private static Map<String, Object> text(String name, int type) {
    return Map.of("Sequence", ordered("id", name, "type_id", type));
  }

  private static Map<String, Object> config(List<String> marks) {
    Map<String, Object> config =
        ordered(
            "tokenizer_class",
            "PreTrainedTokenizerFast",
            "bos_token",
            marks.getFirst(),
            "eos_token",
            marks.get(1),
            "add_bos_token",
            true,
            "add_eos_token",
            false,
            "clean_up_tokenization_spaces",
            false);
    if (marks.size() > 2) {
      config.put("additional_special_tokens", marks.subList(2, marks.size()));
    }
    return config;
  }

  private static Map<String, Object> typed(String type, Object... members) {
    Map<String, Object> typed = new LinkedHashMap<>(Map.of("type", type));
    typed.putAll(ordered(members));
    return typed;
  }

  /// Names and values in turns. In the order in which they are given, so that the same vocabulary
  /// makes the same file.
  static Map<String, Object> ordered(Object... members) {
    Map<String, Object> ordered = new LinkedHashMap<>();
    for (int i = 0; i < members.length; i += 2) {
      ordered.put((String) members[i], members[i + 1]);
    }
    return ordered;
  }
}
