package dev.tern.synthetic;

import dev.tern.gguf.GgufArray;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import java.util.ArrayList;
import java.util.List;

/// A byte-level BPE vocabulary of any size: all bytes, numbered words that no merge makes, and the
/// special tokens of BitNet's chat format. Encodes and decodes every text, a token for each byte.
final class SyntheticVocabulary {
  private static final List<String> SPECIAL =
      List.of("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>", "<|pad|>");

  static final int LEAST_SIZE = 256 + 4;

  private static final int NORMAL = 1;
  private static final int CONTROL = 3;

  private SyntheticVocabulary() {}

  static void put(GgufWriter writer, int size) {
    List<String> tokens = new ArrayList<>(size);
    for (int value = 0; value < 256; value++) {
      tokens.add(String.valueOf(letterOf(value)));
    }
    for (int i = tokens.size(); i < size - SPECIAL.size(); i++) {
      tokens.add("word" + i);
    }
    tokens.addAll(SPECIAL);
    int[] types = new int[size];
    for (int id = 0; id < size; id++) {
      types[id] = id < size - SPECIAL.size() ? NORMAL : CONTROL;
    }
    int bos = size - SPECIAL.size();
    writer
        .put("tokenizer.ggml.model", GgufValue.text("gpt2"))
        .put("tokenizer.ggml.pre", GgufValue.text("llama-bpe"))
        .put("tokenizer.ggml.tokens", GgufArray.ofStrings(tokens))
        .put("tokenizer.ggml.token_type", GgufArray.ofInts(types))
        .put("tokenizer.ggml.merges", GgufArray.ofStrings(List.of()))
        .put("tokenizer.ggml.bos_token_id", GgufValue.uint32(bos))
        .put("tokenizer.ggml.eos_token_id", GgufValue.uint32(bos + 1))
        .put("tokenizer.ggml.eot_token_id", GgufValue.uint32(bos + 2))
        .put("tokenizer.ggml.add_bos_token", GgufValue.bool(true));
  }

  /// GPT-2's printable stand-in for a byte: itself where it is printable, else the next free letter
  /// from U+0100.
  private static char letterOf(int value) {
    int next = 0x100;
    for (int b = 0; b < 256; b++) {
      boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
      if (b == value) {
        return (char) (printable ? b : next);
      }
      if (!printable) {
        next++;
      }
    }
    throw new IllegalArgumentException(value + " is not a byte");
  }
}
