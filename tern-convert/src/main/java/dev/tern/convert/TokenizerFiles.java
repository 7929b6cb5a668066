package dev.tern.convert;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufValueType;
import dev.tern.source.GgufSource;
import dev.tern.tokenizer.PreTokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.json.JsonMapper;

/// Writes the files of a tokenizer from its facts in a GGUF file: `tokenizer.json` of a byte-level
/// one, `tokenizer.model` of a SentencePiece one, and `tokenizer_config.json`.
final class TokenizerFiles {
  private static final String PREFIX = "tokenizer.ggml.";

  /// The vocabulary of Llama 3, which the official BitNet 2B4T file has without saying so.
  private static final int LLAMA3_VOCABULARY = 128_256;

  /// A mark of the template in that file.
  private static final String WRONG_BITNET_TEMPLATE = "BITNETAssistant";

  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;

  private final GgufMetadata metadata;
  private final Map<String, byte[]> files = new LinkedHashMap<>();

  TokenizerFiles(GgufSource model, List<String> notices) {
    metadata = model.metadata();
    Optional<String> family = metadata.findString(PREFIX + "model");
    if (family.isEmpty()) {
      notices.add("the file has no tokenizer, so the folder gets none");
      return;
    }
    List<String> tokens = array("tokens", GgufValueType.STRING).orElseThrow().strings();
    int[] types =
        array("token_type", GgufValueType.INT32)
            .map(GgufArray::ints)
            .orElse(new int[tokens.size()]);
    switch (family.get()) {
      case "gpt2" -> files.put("tokenizer.json", json(byteLevel(model, tokens, types)));
      case "llama" -> files.put("tokenizer.model", sentencePiece(tokens, types));
      default ->
          throw new UnsupportedModelException(
              "%s: the tokenizer '%s' is not written to a folder; Tern writes gpt2 and llama"
                  .formatted(model, family.get()));
    }
    generation().ifPresent(ends -> files.put("generation_config.json", json(ends)));
    files.put("tokenizer_config.json", json(config(family.get(), tokens, notices)));
  }

  /// Where turns end with another token than texts.
  private Optional<Map<String, Object>> generation() {
    if (id("eos").isEmpty() || id("eot").isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(Map.of("eos_token_id", List.of(id("eos").getAsInt(), id("eot").getAsInt())));
  }

  void write(Path folder) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Targets.writeWhole(folder.resolve(file.getKey()), file.getValue());
    }
  }

  private static byte[] json(Map<String, Object> members) {
    return JsonMapper.builder().build().writeValueAsBytes(members);
  }

  private Optional<GgufArray> array(String name, GgufValueType type) {
    return metadata.findArray(PREFIX + name, type);
  }

  private OptionalInt id(String name) {
    return metadata.findInt(PREFIX + name + "_token_id");
  }

  private Map<String, Object> byteLevel(GgufSource model, List<String> tokens, int[] types) {
    PreTokenizer preTokenizer =
        metadata
            .findString(PREFIX + "pre")
            .map(PreTokenizer::named)
            .orElse(
                tokens.size() == LLAMA3_VOCABULARY ? PreTokenizer.LLAMA_BPE : PreTokenizer.DEFAULT);
    Map<String, Object> vocabulary = new LinkedHashMap<>();
    List<Object> added = new ArrayList<>();
    for (int id = 0; id < tokens.size(); id++) {
      if (types[id] == CONTROL || types[id] == USER_DEFINED) {
        added.add(addedToken(id, tokens.get(id), types[id] == CONTROL));
      } else if (types[id] != UNUSED && vocabulary.put(tokens.get(id), id) != null) {
        throw new UnsupportedModelException(
            "%s: two tokens are spelled '%s'".formatted(model, tokens.get(id)));
      }
    }
    List<String> merges =
        array("merges", GgufValueType.STRING).map(GgufArray::strings).orElse(List.of());
    Map<String, Object> bpe = new LinkedHashMap<>();
    bpe.put("type", "BPE");
    bpe.put("ignore_merges", preTokenizer.wholePieces());
    bpe.put("vocab", vocabulary);
    bpe.put("merges", merges);
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("version", "1.0");
    root.put("added_tokens", added);
    root.put("normalizer", null);
    root.put("pre_tokenizer", cutting(preTokenizer));
    root.put("post_processor", edges(tokens, preTokenizer));
    root.put("decoder", byteLevelStep());
    root.put("model", bpe);
    return root;
  }

  private static Map<String, Object> addedToken(int id, String text, boolean special) {
    Map<String, Object> token = new LinkedHashMap<>();
    token.put("id", id);
    token.put("content", text);
    token.put("single_word", false);
    token.put("lstrip", false);
    token.put("rstrip", false);
    token.put("normalized", false);
    token.put("special", special);
    return token;
  }

  private static Map<String, Object> byteLevelStep() {
    return Map.of(
        "type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", false);
  }

  private static Map<String, Object> cutting(PreTokenizer preTokenizer) {
    List<Object> steps = new ArrayList<>();
    for (String expression : preTokenizer.expressions()) {
      steps.add(
          Map.of(
              "type",
              "Split",
              "pattern",
              Map.of("Regex", expression),
              "behavior",
              "Isolated",
              "invert",
              false));
    }
    steps.add(byteLevelStep());
    return Map.of("type", "Sequence", "pretokenizers", steps);
  }

  private boolean adds(String name, boolean absent) {
    return metadata.findBool(PREFIX + "add_" + name + "_token").orElse(absent);
  }

  private Map<String, Object> edges(List<String> tokens, PreTokenizer preTokenizer) {
    List<Object> single = new ArrayList<>();
    Map<String, Object> specials = new LinkedHashMap<>();
    if (id("bos").isPresent() && adds("bos", preTokenizer.addsBos())) {
      single.add(edge(tokens, id("bos").getAsInt(), specials));
    }
    single.add(Map.of("Sequence", Map.of("id", "A", "type_id", 0)));
    if (id("eos").isPresent() && adds("eos", false)) {
      single.add(edge(tokens, id("eos").getAsInt(), specials));
    }
    Map<String, Object> template = new LinkedHashMap<>();
    template.put("type", "TemplateProcessing");
    template.put("single", single);
    template.put("pair", List.of());
    template.put("special_tokens", specials);
    return template;
  }

  private static Object edge(List<String> tokens, int id, Map<String, Object> specials) {
    String text = tokens.get(id);
    specials.put(text, Map.of("id", text, "ids", List.of(id), "tokens", List.of(text)));
    return Map.of("SpecialToken", Map.of("id", text, "type_id", 0));
  }

  private Map<String, Object> config(String family, List<String> tokens, List<String> notices) {
    Map<String, Object> config = new LinkedHashMap<>();
    for (String name : List.of("bos", "eos")) {
      id(name).ifPresent(id -> config.put(name + "_token", tokens.get(id)));
    }
    id("padding").ifPresent(id -> config.put("pad_token", tokens.get(id)));
    metadata.findBool(PREFIX + "add_bos_token").ifPresent(add -> config.put("add_bos_token", add));
    metadata.findBool(PREFIX + "add_eos_token").ifPresent(add -> config.put("add_eos_token", add));
    config.put(
        "tokenizer_class", family.equals("llama") ? "LlamaTokenizer" : "PreTrainedTokenizerFast");
    Optional<String> template = metadata.findString("tokenizer.chat_template");
    if (template.isPresent() && template.get().contains(WRONG_BITNET_TEMPLATE)) {
      notices.add(
          "the chat template in the file is not the one the model was trained with, so the folder gets none");
    } else {
      template.ifPresent(text -> config.put("chat_template", text));
    }
    return config;
  }

  /// A SentencePiece model: the pieces, and of its specifications what Tern and llama.cpp read.
  /// Source: SentencePiece, `src/sentencepiece_model.proto`.
  private byte[] sentencePiece(List<String> tokens, int[] types) {
    float[] scores = array("scores", GgufValueType.FLOAT32).orElseThrow().floats();
    Protobuf model = new Protobuf();
    for (int id = 0; id < tokens.size(); id++) {
      int type = types[id] == UNUSED ? CONTROL : Math.max(1, types[id]);
      model.message(
          1,
          new Protobuf()
              .bytes(1, tokens.get(id).getBytes(UTF_8))
              .real(2, scores[id])
              .number(3, type));
    }
    Protobuf trainer = new Protobuf().number(3, 2).number(35, 1);
    trainer.number(40, id("unknown").orElse(0));
    trainer.number(41, id("bos").orElse(1));
    trainer.number(42, id("eos").orElse(2));
    trainer.number(43, id("padding").orElse(-1));
    Protobuf normalizer = new Protobuf().bytes(1, "identity".getBytes(UTF_8));
    normalizer.number(3, metadata.findBool(PREFIX + "add_space_prefix").orElse(true) ? 1 : 0);
    normalizer.number(
        4, metadata.findBool(PREFIX + "remove_extra_whitespaces").orElse(false) ? 1 : 0);
    return model.message(2, trainer).message(3, normalizer).out.toByteArray();
  }

  /// Protocol buffers' wire format.
  private static final class Protobuf {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
    }

    Protobuf number(int field, long value) {
      varint(field << 3);
      varint(value);
      return this;
    }

    Protobuf real(int field, float value) {
      varint(field << 3 | 5);
      int bits = Float.floatToRawIntBits(value);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        out.write(bits >> shift);
      }
      return this;
    }

    Protobuf bytes(int field, byte[] value) {
      varint(field << 3 | 2);
      varint(value.length);
      out.writeBytes(value);
      return this;
    }

    Protobuf message(int field, Protobuf value) {
      return bytes(field, value.out.toByteArray());
    }
  }
}
