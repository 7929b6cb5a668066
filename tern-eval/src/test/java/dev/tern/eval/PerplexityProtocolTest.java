package dev.tern.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PerplexityProtocolTest {
  /// With llama.cpp's loops: `n_ctx - n_ctx / 2 - 1` tokens of a chunk are scored, `ppl_stride` of
  /// a window of `n_ctx + ppl_stride / 2`.
  @ParameterizedTest
  @CsvSource({
    // context, stride, tokens, windows, window length, first scored
    "512, 0, 1024, 2, 512, 257",
    "512, 0, 1535, 2, 512, 257",
    "512, 0, 1536, 3, 512, 257",
    "7, 0, 14, 2, 7, 4",
    "512, 256, 1024, 2, 640, 384",
    "512, 256, 1152, 2, 640, 384",
    "512, 256, 1153, 3, 640, 384",
    "512, 512, 1024, 1, 768, 256",
    "4, 1, 8, 4, 4, 3"
  })
  void cutsTextsAsLlamaCppDoes(
      int context, int stride, int tokens, int windows, int length, int firstScored) {
    PerplexityProtocol protocol = new PerplexityProtocol(context, stride, 0);
    assertEquals(windows, protocol.count(tokens));
    assertEquals(length, protocol.windowLength());
    assertEquals(firstScored, protocol.firstScored());
    assertEquals(0, protocol.start(0));
    assertTrue(protocol.start(windows - 1) + length <= tokens, "the last one ends in the text");
    assertEquals(1, protocol.withChunks(1).count(tokens));
    assertEquals(windows, protocol.withChunks(1_000_000).count(tokens));
  }

  @Test
  void stridedWindowsScoreEachTokenOnce() {
    PerplexityProtocol protocol = new PerplexityProtocol(64, 16, 0);
    int next = protocol.firstScored();
    for (int i = 0; i < protocol.count(1000); i++) {
      assertEquals(next, protocol.start(i) + protocol.firstScored());
      next = protocol.start(i) + protocol.windowLength();
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 0, 0", "-1, 0, 0", "512, -1, 0", "512, 513, 0", "512, 0, -1"})
  void refusesNumbersThatMakeNoSense(int context, int stride, int chunks) {
    assertThrows(
        IllegalArgumentException.class, () -> new PerplexityProtocol(context, stride, chunks));
  }

  @Test
  void saysWhatToDoAboutAShortText() {
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class, () -> PerplexityProtocol.defaults().count(1023));
    assertEquals(
        "the text has 1023 tokens, but chunks of 512 need at least 1024: take a longer text, or a context of at most 511",
        refusal.getMessage());
    assertThrows(IllegalArgumentException.class, () -> PerplexityProtocol.defaults().count(0));
  }
}
