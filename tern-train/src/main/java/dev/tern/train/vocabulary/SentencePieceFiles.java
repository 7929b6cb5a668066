package dev.tern.train.vocabulary;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// Writes a SentencePiece vocabulary: `tokenizer.model` and `tokenizer_config.json`. First come the
/// unknown token, the ends of texts and the bytes, as in Llama 2, then other special tokens, then
/// what was learnt, then the characters.
///
/// Source: SentencePiece, `src/sentencepiece_model.proto`.
final class SentencePieceFiles {
  private static final int NORMAL = 1;
  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int BYTE = 6;
  private static final int BYTES = 256;
  private static final int BPE = 2;

  private SentencePieceFiles() {}

  /// The contents of the files by their names.
  ///
  /// @param tokens the alphabet, then in the order in which they were learnt
  /// @param alphabetSize how many are the alphabet
  /// @param marks the special tokens: unknown, begin, end, others
  static Map<String, byte[]> of(List<String> tokens, int alphabetSize, List<String> marks) {
    Protobuf model = new Protobuf();
    model.message(1, piece(marks.getFirst(), 0, UNKNOWN));
    for (String mark : marks.subList(1, 3)) {
      model.message(1, piece(mark, 0, CONTROL));
    }
    for (int octet = 0; octet < BYTES; octet++) {
      model.message(1, piece("<0x%02X>".formatted(octet), 0, BYTE));
    }
    for (String mark : marks.subList(3, marks.size())) {
      model.message(1, piece(mark, 0, CONTROL));
    }
    int rank = 0;
    for (String learnt : tokens.subList(alphabetSize, tokens.size())) {
      model.message(1, piece(learnt, -rank++, NORMAL));
    }
    for (String character : tokens.subList(0, alphabetSize)) {
      model.message(1, piece(character, -rank++, NORMAL));
    }
    int size = marks.size() + BYTES + tokens.size();
    Protobuf trainer = new Protobuf().number(3, BPE).number(4, size).number(35, 1);
    trainer.number(40, 0).number(41, 1).number(42, 2).number(43, -1);
    Protobuf normalizer =
        new Protobuf().bytes(1, "identity".getBytes(UTF_8)).number(3, 1).number(4, 0).number(5, 1);
    return Map.of(
        "tokenizer.model",
        model.message(2, trainer).message(3, normalizer).bytes(),
        "tokenizer_config.json",
        config(marks));
  }

  private static Protobuf piece(String text, float score, int type) {
    return new Protobuf().bytes(1, text.getBytes(UTF_8)).real(2, score).number(3, type);
  }

  private static byte[] config(List<String> marks) {
    Map<String, Object> config =
        ByteLevelFiles.ordered(
            "tokenizer_class",
            "LlamaTokenizer",
            "unk_token",
            marks.get(0),
            "bos_token",
            marks.get(1),
            "eos_token",
            marks.get(2),
            "add_bos_token",
            true,
            "add_eos_token",
            false,
            "legacy",
            true,
            "clean_up_tokenization_spaces",
            false);
    if (marks.size() > 3) {
      config.put("additional_special_tokens", marks.subList(3, marks.size()));
    }
    return JsonMapper.builder()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .build()
        .writeValueAsBytes(config);
  }
}
