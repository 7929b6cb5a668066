package dev.tern.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SentencePieceTokenizerTest {
  private static final int UNKNOWN = 0;
  private static final int BOS = 1;
  private static final int EOS = 2;
  private static final int FIRST_BYTE = 3;

  /// Unknown, begin, end, 256 bytes, then pieces with the scores -1, -2 and so on.
  private static TokenizerBuilder builder(String... pieces) {
    List<String> tokens = new ArrayList<>(List.of("<unk>", "<s>", "</s>"));
    for (int octet = 0; octet < 256; octet++) {
      tokens.add("<0x%02X>".formatted(octet));
    }
    int first = tokens.size();
    tokens.addAll(List.of(pieces));
    int[] types = new int[tokens.size()];
    float[] scores = new float[tokens.size()];
    Arrays.fill(types, FIRST_BYTE, first, 6);
    types[UNKNOWN] = 2;
    types[BOS] = 3;
    types[EOS] = 3;
    for (int i = first; i < types.length; i++) {
      types[i] = 1;
      scores[i] = first - i - 1;
    }
    return TokenizerBuilder.sentencePiece(
            "tiny.gguf", Vocabularies.bytes(tokens.toArray(String[]::new)))
        .types(types)
        .scores(scores)
        .bosId(BOS)
        .eosId(EOS)
        .unknownId(UNKNOWN);
  }

  private static List<String> pieces(Tokenizer tokenizer, String text) {
    return Arrays.stream(tokenizer.encode(text, EncodeOptions.TEXT))
        .mapToObj(tokenizer::piece)
        .toList();
  }

  @Test
  void mergesTheBestScoreFirstAndTheLeftmostOfEqualScores() {
    Tokenizer tokenizer = builder("ab", "bc", "a", "b", "c", "▁").addSpacePrefix(false).build();
    assertEquals(List.of("ab", "c"), pieces(tokenizer, "abc"));
    assertEquals(
        List.of("a", "a", "bc"),
        pieces(builder("bc", "ab", "a", "b", "c").addSpacePrefix(false).build(), "aabc"));
    TokenizerBuilder tied = builder("ab", "bc", "a", "b", "c").addSpacePrefix(false);
    float[] scores = new float[3 + 256 + 5];
    assertEquals(List.of("ab", "c"), pieces(tied.scores(scores).build(), "abc"));
  }

  @Test
  void marksSpacesAndPutsOneInFront() {
    Tokenizer tokenizer = builder("▁a", "▁", "a").build();
    assertEquals(List.of("▁a", "▁a"), pieces(tokenizer, "a a"));
    assertEquals(List.of("▁", "▁a", "▁"), pieces(tokenizer, " a "));
    assertEquals(List.of(), pieces(tokenizer, ""));
    assertEquals(
        List.of("a", "▁a"), pieces(builder("▁a", "▁", "a").addSpacePrefix(false).build(), "a a"));
  }

  @Test
  void removesExtraSpacesOnlyWhereAsked() {
    TokenizerBuilder builder = builder("▁a", "▁", "a");
    assertEquals(List.of("▁a", "▁", "▁a"), pieces(builder.build(), "a  a"));
    builder.removeExtraWhitespaces(true);
    assertEquals(List.of("▁a", "▁a"), pieces(builder.build(), "  a   a  "));
    assertEquals(List.of(), pieces(builder.build(), "   "));
    assertEquals(List.of("▁a", "<0x09>", "a"), pieces(builder.build(), "a\ta"));
  }

  @Test
  void spellsUnknownCharactersInBytes() {
    Tokenizer tokenizer = builder("▁", "a").build();
    assertEquals(List.of("▁", "a", "<0xC3>", "<0xA9>", "a"), pieces(tokenizer, "aéa"));
    assertEquals("aéa🦙\n", tokenizer.decode(tokenizer.encode("aéa🦙\n", EncodeOptions.TEXT)));
  }

  @Test
  void fallsBackToOneUnknownTokenWhereThereAreNoBytes() {
    List<byte[]> tokens = Vocabularies.bytes("<unk>", "<s>", "</s>", "▁", "a");
    Tokenizer tokenizer =
        TokenizerBuilder.sentencePiece("tiny.gguf", tokens)
            .scores(0, 0, 0, -1, -2)
            .types(2, 3, 3, 1, 1)
            .unknownId(0)
            .build();
    assertArrayEquals(new int[] {3, 4, 0, 4, 0}, tokenizer.encode("aéüa漢", EncodeOptions.TEXT));
    assertEquals("aa", tokenizer.decode(3, 4, 0, 4, 0));
  }

  @Test
  void neverReadsOrdinaryTextAsABytesOrControlToken() {
    // The last piece would make "<s>" of "<s" and ">", were that not a control token.
    Tokenizer tokenizer =
        builder("▁", "<", "s", ">", "<s", "0", "x", "A", "<0", "<0x", "<0xA").build();
    assertEquals(List.of("▁", "<s", ">"), pieces(tokenizer, "<s>"));
    assertEquals(List.of("▁", "<0xA", "A", ">"), pieces(tokenizer, "<0xAA>"));
    assertArrayEquals(new int[] {BOS, BOS}, tokenizer.encode("<s>", EncodeOptions.PROMPT));
    assertArrayEquals(new int[] {BOS, UNKNOWN}, tokenizer.encode("<unk>", EncodeOptions.PROMPT));
  }

  @Test
  void putsASpaceInFrontAgainAfterASpecialToken() {
    Tokenizer tokenizer = builder("▁a", "▁", "a").build();
    int[] ids = tokenizer.encode("a</s>a", EncodeOptions.PROMPT);
    assertEquals(
        List.of("<s>", "▁a", "</s>", "▁a"), Arrays.stream(ids).mapToObj(tokenizer::piece).toList());
  }

  @Test
  void takesOnlyTheSpaceAwayThatItPutInFront() {
    Tokenizer tokenizer = builder("▁a", "▁", "a").build();
    for (String text : new String[] {"a", " a", "  a a ", " ", "\n a", ""}) {
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.PROMPT)));
    }
    Tokenizer without = builder("▁a", "▁", "a").addSpacePrefix(false).build();
    assertEquals(" a", without.decode(without.encode(" a", EncodeOptions.TEXT)));
  }

  @Test
  void knowsInAStreamWhetherItStandsAtTheBeginning() {
    Tokenizer tokenizer = builder("▁a", "▁", "a").build();
    int marked = tokenizer.encode("a", EncodeOptions.TEXT)[0];
    assertEquals("a", tokenizer.decoder(List.of()).append(marked));
    assertEquals("a", tokenizer.decoder(List.of(BOS)).append(marked));
    assertEquals(" a", tokenizer.decoder(List.of(BOS, marked)).append(marked));
    assertEquals(" a", tokenizer.decoder(List.of(BOS, marked, EOS)).append(marked));
  }

  @Test
  void cutsAtWordsOnlyIfNoTokenReachesBeyondOne() {
    // "b▁c" spans two words: a tokenizer that merged word by word would never find it.
    TokenizerBuilder spanning =
        builder("b▁c", "b▁", "▁", "a", "b", "c", "▁a").addSpacePrefix(false);
    assertEquals(List.of("a", "b▁c", "▁a"), pieces(spanning.build(), "ab c a"));
    TokenizerBuilder words = builder("▁c", "▁▁", "▁", "a", "b", "c", "▁a").addSpacePrefix(false);
    assertEquals(List.of("a", "b", "▁▁", "▁a"), pieces(words.build(), "ab   a"));
  }

  @Test
  void infersTypesWhereTheFileHasNone() {
    List<byte[]> tokens = Vocabularies.bytes("<unk>", "<s>", "</s>", "<0x41>", "▁", "a");
    Tokenizer tokenizer =
        TokenizerBuilder.sentencePiece("tiny.gguf", tokens)
            .scores(new float[6])
            .bosId(1)
            .eosId(2)
            .unknownId(0)
            .build();
    assertTrue(tokenizer.isControl(1));
    assertTrue(tokenizer.isControl(0));
    assertFalse(tokenizer.isControl(5));
    assertArrayEquals(new byte[] {'A'}, tokenizer.bytes(3));
    assertArrayEquals(new int[] {1, 4, 3, 5}, tokenizer.encode("Aa", EncodeOptions.PROMPT));
    assertTrue(tokenizer.addsBos());
  }

  @Test
  void honoursZerosOfEitherSignAsEqualScores() {
    TokenizerBuilder tied = builder("bc", "ab", "a", "b", "c").addSpacePrefix(false);
    float[] scores = new float[3 + 256 + 5];
    scores[3 + 256] = -0f;
    assertEquals(List.of("ab", "c"), pieces(tied.scores(scores).build(), "abc"));
  }

  @Test
  void refusesFactsThatContradictEachOther() {
    refused("260 tokens, but 2 scores", builder("a").scores(1, 2));
    float[] scores = new float[260];
    scores[7] = Float.NaN;
    refused("the score of token 7 is NaN", builder("a").scores(scores));
    refused("tokens 259 and 260 are both spelled 'a'", builder("a", "a"));
    refused("the unknown token has the id 260", builder("a").unknownId(260));
  }

  private static void refused(String message, TokenizerBuilder builder) {
    String actual = assertThrows(ModelFormatException.class, builder::build).getMessage();
    assertTrue(actual.startsWith("tiny.gguf: ") && actual.contains(message), actual);
  }
}
