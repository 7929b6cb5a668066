package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Small SentencePiece tokenizers: bytes, a few words, and marks.
final class TestTokenizers {
  static final int UNKNOWN = 0;
  static final int BOS = 1;
  static final int EOS = 2;

  private static final List<String> WORDS = List.of("▁", "t", "h", "e", "th", "the", "▁the", "in");
  private static final List<String> MARKS =
      List.of(
          "<|eot_id|>", "<|start_header_id|>", "<|end_header_id|>", "<|im_start|>", "<|im_end|>");

  private TestTokenizers() {}

  static Tokenizer small() {
    return builder(0).bosId(BOS).eosId(EOS).build();
  }

  static Tokenizer withoutEnd() {
    return builder(0).bosId(BOS).build();
  }

  static Tokenizer withoutMarks() {
    return builder(0).build();
  }

  /// More tokens than 16 bits number.
  static Tokenizer large() {
    return builder(70_000).bosId(BOS).eosId(EOS).build();
  }

  private static TokenizerBuilder builder(int unused) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    List<Integer> types = new ArrayList<>(List.of(2, 3, 3));
    for (int i = 0; i < unused; i++) {
      tokens.add("<unused%d>".formatted(i));
      types.add(5);
    }
    for (int octet = 0; octet < 256; octet++) {
      tokens.add("<0x%02X>".formatted(octet));
      types.add(6);
    }
    for (String word : WORDS) {
      tokens.add(word);
      types.add(1);
    }
    for (String mark : MARKS) {
      tokens.add(mark);
      types.add(3);
    }
    float[] scores = new float[tokens.size()];
    for (int id = 0; id < scores.length; id++) {
      scores[id] = -id;
    }
    List<byte[]> utf8 = tokens.stream().map(token -> token.getBytes(UTF_8)).toList();
    return TokenizerBuilder.sentencePiece("test", utf8)
        .types(types.stream().mapToInt(Integer::intValue).toArray())
        .scores(Arrays.copyOf(scores, scores.length))
        .unknownId(UNKNOWN);
  }
}
