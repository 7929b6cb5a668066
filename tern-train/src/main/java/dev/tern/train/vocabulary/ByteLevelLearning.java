package dev.tern.train.vocabulary;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.tokenizer.ByteAlphabet;
import dev.tern.tokenizer.PreTokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// Learns byte-level BPE: pieces as Llama 3 cuts them, of bytes in GPT-2's letters.
final class ByteLevelLearning implements Learning {
  /// Llama 3's: what GGUF files call `llama-bpe` is known to every engine that runs BitNet.
  static final PreTokenizer CUTTING = PreTokenizer.LLAMA_BPE;

  private static final int BYTES = 256;

  /// The letters in the order of Unicode, as GPT-2 numbers them.
  private static List<String> alphabet() {
    char[] letters = new char[BYTES];
    for (int octet = 0; octet < BYTES; octet++) {
      letters[octet] = ByteAlphabet.letter(octet);
    }
    Arrays.sort(letters);
    List<String> alphabet = new ArrayList<>();
    for (char letter : letters) {
      alphabet.add(String.valueOf(letter));
    }
    return alphabet;
  }

  @Override
  public void cut(String text, Consumer<String> pieces) {
    CUTTING.cut(text).forEach(pieces);
  }

  @Override
  public Prepared prepare(List<PieceCounts.Counted> pieces, int room, Set<String> reserved) {
    List<String> alphabet = alphabet();
    int[] ids = new int[ByteAlphabet.letter(0xAD) + 1];
    for (int id = 0; id < BYTES; id++) {
      ids[alphabet.get(id).charAt(0)] = id;
    }
    MergeLearner learner = new MergeLearner(alphabet, false, reserved);
    for (PieceCounts.Counted piece : pieces) {
      byte[] utf8 = piece.text().getBytes(UTF_8);
      int[] symbols = new int[utf8.length];
      for (int i = 0; i < utf8.length; i++) {
        symbols[i] = ids[ByteAlphabet.letter(utf8[i] & 0xFF)];
      }
      Learning.addInParts(symbols, piece.count(), learner);
    }
    return new Prepared(learner, BYTES);
  }
}
