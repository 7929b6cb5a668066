package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.TernException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Facts as no honest file states them: whatever they are, they make a tokenizer that works, or
/// they are refused.
class HostileFactsTest {
  private static final String LETTERS = "abĠÃ© \u2581<>0x1\u0000漢";

  @Test
  void makeATokenizerOrAreRefused() {
    Random random = new Random(14);
    int made = 0;
    for (int round = 0; round < 30_000; round++) {
      try {
        Tokenizer tokenizer = random(random).build();
        made++;
        int[] ids = tokenizer.encode("ab <s> é漢\u0000\ud83e", EncodeOptions.PROMPT);
        tokenizer.decode(ids);
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
          tokenizer.decoder(List.of(id)).append(id);
          assertTrue(tokenizer.piece(id) != null && tokenizer.description() != null);
        }
      } catch (TernException expected) {
        assertTrue(expected.getMessage().startsWith("hostile: "), expected.getMessage());
      }
    }
    assertTrue(made > 500, "only " + made + " were made");
  }

  private static TokenizerBuilder random(Random random) {
    int size = random.nextInt(8);
    List<byte[]> tokens = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      tokens.add(bytes(random, 4));
    }
    boolean sentencePiece = random.nextBoolean();
    TokenizerBuilder builder =
        sentencePiece
            ? TokenizerBuilder.sentencePiece("hostile", tokens)
            : TokenizerBuilder.byteLevel("hostile", tokens);
    if (sentencePiece) {
      float[] scores = new float[random.nextInt(10) == 0 ? random.nextInt(9) : size];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = Float.intBitsToFloat(random.nextInt());
      }
      builder.scores(scores).removeExtraWhitespaces(random.nextBoolean());
    } else {
      List<byte[]> merges = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        merges.add(bytes(random, 6));
      }
      PreTokenizer[] preTokenizers = PreTokenizer.values();
      builder.merges(merges).preTokenizer(preTokenizers[random.nextInt(preTokenizers.length)]);
    }
    if (random.nextBoolean()) {
      builder.types(random.ints(random.nextInt(10) == 0 ? 3 : size, -1, 8).toArray());
    }
    if (random.nextBoolean()) {
      builder.bosId(random.nextInt(-1, 9)).addBos(random.nextBoolean());
    }
    if (random.nextBoolean()) {
      builder.eosId(random.nextInt(-1, 9)).unknownId(random.nextInt(9));
    }
    return builder.addEos(random.nextInt(4) == 0);
  }

  private static byte[] bytes(Random random, int longest) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(longest + 1); i > 0; i--) {
      text.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    byte[] bytes = text.toString().getBytes(UTF_8);
    if (bytes.length > 0 && random.nextInt(8) == 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return bytes;
  }
}
