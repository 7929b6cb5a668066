package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// A vocabulary whose first 256 ids are the bytes, so that the ids can be read.
class ByteLevelTokenizerTest {
  private static final int HE = 256;
  private static final int LL = 257;
  private static final int HELL = 258;
  private static final int SPACE_HELL = 259;
  private static final int LO = 260;
  private static final int BOS = 261;
  private static final int EOS = 262;
  private static final int TAB = 263;
  private static final int EOT = 264;
  private static final int SIZE = 265;

  private static TokenizerBuilder builder() {
    return builder("h e", "l l", "he ll", "Ġ hell", "l o");
  }

  private static TokenizerBuilder builder(String... merges) {
    int[] types = new int[SIZE];
    Arrays.fill(types, 1);
    types[BOS] = 3;
    types[EOS] = 3;
    types[TAB] = 4;
    return TokenizerBuilder.byteLevel(
            "tiny.gguf",
            Vocabularies.lettersAnd(
                "he", "ll", "hell", "Ġhell", "lo", "<s>", "</s>", "<tab>", "<|eot_id|>"))
        .merges(Vocabularies.bytes(merges))
        .types(types)
        .bosId(BOS)
        .eosId(EOS)
        .preTokenizer(PreTokenizer.GPT2);
  }

  private static int[] encode(Tokenizer tokenizer, String text) {
    return tokenizer.encode(text, EncodeOptions.TEXT);
  }

  @Test
  void mergesByRankFromLeftToRight() {
    Tokenizer tokenizer = builder().build();
    assertArrayEquals(new int[] {HELL, 'o'}, encode(tokenizer, "hello"));
    assertArrayEquals(new int[] {HELL, 'o', SPACE_HELL, 'o'}, encode(tokenizer, "hello hello"));
    // l+l has the better rank, so that nothing is left for l+o; of three the left two merge.
    assertArrayEquals(new int[] {LL, 'o'}, encode(tokenizer, "llo"));
    assertArrayEquals(new int[] {LL, LO}, encode(tokenizer, "lllo"));
    assertArrayEquals(new int[] {HE, LO}, encode(tokenizer, "helo"));
    assertArrayEquals(new int[] {}, encode(tokenizer, ""));
  }

  @Test
  void fallsBackToBytesForEverythingElse() {
    Tokenizer tokenizer = builder().build();
    assertArrayEquals(
        new int[] {0xC3, 0xA9, 0xF0, 0x9F, 0xA6, 0x99, 0}, encode(tokenizer, "é🦙\u0000"));
    assertEquals("é🦙\u0000", tokenizer.decode(encode(tokenizer, "é🦙\u0000")));
  }

  @Test
  void treatsHalfASurrogatePairAsTheReplacementCharacter() {
    Tokenizer tokenizer = builder().build();
    int[] replacement = {0xEF, 0xBF, 0xBD};
    assertArrayEquals(replacement, encode(tokenizer, "\ud83e"));
    assertArrayEquals(replacement, encode(tokenizer, "\udd99"));
    assertEquals("a\uFFFDb🦙\uFFFD", tokenizer.decode(encode(tokenizer, "a\udd99b🦙\ud83e")));
  }

  @Test
  void takesAPieceThatIsATokenAsAWholeOnlyWherePreTokenizerSaysSo() {
    // Without the merge of l and l, hell can only be had as a whole.
    TokenizerBuilder broken = builder("h e", "Ġ hell", "he ll", "l o");
    assertArrayEquals(new int[] {HE, 'l', 'l'}, encode(broken.build(), "hell"));
    broken.preTokenizer(PreTokenizer.LLAMA_BPE);
    assertArrayEquals(new int[] {HELL}, encode(broken.build(), "hell"));
    assertArrayEquals(new int[] {SPACE_HELL}, encode(broken.build(), " hell"));
    // A control token is never the whole of a piece of ordinary text.
    TokenizerBuilder control = builder().preTokenizer(PreTokenizer.LLAMA_BPE);
    int[] types = new int[SIZE];
    Arrays.fill(types, 1);
    types[HELL] = 3;
    assertArrayEquals(new int[] {HE, LL}, encode(control.types(types).build(), "hell"));
  }

  @Test
  void addsTheEdgesThatTheFileWants() {
    Tokenizer plain = builder().build();
    assertArrayEquals(new int[] {'a'}, plain.encode("a", EncodeOptions.PROMPT));
    assertFalse(plain.addsBos());
    Tokenizer both = builder().addBos(true).addEos(true).build();
    assertArrayEquals(new int[] {BOS, 'a', EOS}, both.encode("a", EncodeOptions.PROMPT));
    assertArrayEquals(new int[] {'a'}, both.encode("a", EncodeOptions.TEXT));
    assertArrayEquals(new int[] {BOS, EOS}, both.encode("", EncodeOptions.PROMPT));
    assertTrue(both.addsBos());
    // Models with Llama 3's pre-tokenizer want the first where their file does not say.
    assertTrue(builder().preTokenizer("llama-bpe").build().addsBos());
    assertFalse(builder().preTokenizer("llama-bpe").addBos(false).build().addsBos());
  }

  @Test
  void readsControlTokensOnlyInTrustedText() {
    Tokenizer tokenizer = builder().build();
    EncodeOptions trusted = new EncodeOptions(false, true);
    assertArrayEquals(new int[] {BOS, 'a', TAB, EOS}, tokenizer.encode("<s>a<tab></s>", trusted));
    assertArrayEquals(new int[] {'<', 's', '>', 'a', TAB}, encode(tokenizer, "<s>a<tab>"));
    assertEquals(OptionalInt.of(BOS), tokenizer.specialId("<s>"));
    assertEquals(OptionalInt.of(TAB), tokenizer.specialId("<tab>"));
    assertEquals(OptionalInt.empty(), tokenizer.specialId("hell"));
  }

  @Test
  void givesControlTokensNoText() {
    Tokenizer tokenizer = builder().build();
    assertEquals("a<tab>b", tokenizer.decode(BOS, 'a', TAB, 'b', EOS));
    assertEquals(0, tokenizer.bytes(BOS).length);
    assertArrayEquals(" hell".getBytes(UTF_8), tokenizer.bytes(SPACE_HELL));
    assertEquals("Ġhell", tokenizer.piece(SPACE_HELL));
    assertEquals("<s>", tokenizer.piece(BOS));
    assertTrue(tokenizer.isControl(BOS));
    assertFalse(tokenizer.isControl(TAB));
    assertFalse(tokenizer.isControl(HELL));
  }

  @Test
  void knowsEveryTokenThatEndsWhatAModelSays() {
    Tokenizer tokenizer = builder().build();
    assertTrue(tokenizer.isEndOfGeneration(EOS));
    // Found by its name although the file calls it ordinary, as llama.cpp does.
    assertTrue(tokenizer.isEndOfGeneration(EOT));
    assertTrue(tokenizer.isControl(EOT));
    assertFalse(tokenizer.isEndOfGeneration(BOS));
    assertTrue(builder().eotId(HELL).build().isEndOfGeneration(HELL));
    assertTrue(builder().eomId(HELL).build().isEndOfGeneration(HELL));
    assertEquals(OptionalInt.empty(), tokenizer.padId());
    assertEquals(OptionalInt.of(TAB), builder().padId(TAB).build().padId());
  }

  @Test
  void saysWhatItIs() {
    Tokenizer tokenizer = builder().build();
    assertEquals(
        "byte-level BPE, pre-tokenizer gpt-2, 265 tokens, 5 merges", tokenizer.description());
    assertEquals(SIZE, tokenizer.vocabularySize());
    assertEquals(OptionalInt.of(BOS), tokenizer.bosId());
    assertEquals(OptionalInt.of(EOS), tokenizer.eosId());
  }

  @Test
  void refusesIdsThatDoNotExist() {
    Tokenizer tokenizer = builder().build();
    for (int id : new int[] {-1, SIZE, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.bytes(id));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.piece(id));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.isControl(id));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.isEndOfGeneration(id));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.decode('a', id));
      assertThrows(IndexOutOfBoundsException.class, () -> tokenizer.decoder(List.of()).append(id));
    }
  }

  @Test
  void leavesBytesOutThatTheVocabularyLacksUnlessItHasAnUnknownToken() {
    List<byte[]> tokens = Vocabularies.bytes("a", "b", "ab", "<unk>");
    TokenizerBuilder builder =
        TokenizerBuilder.byteLevel("tiny", tokens).merges(Vocabularies.bytes("a b"));
    assertArrayEquals(new int[] {2}, encode(builder.build(), "axb"));
    assertArrayEquals(new int[] {0, 3, 1}, encode(builder.unknownId(3).build(), "axb"));
  }

  @Test
  void takesTheFirstOfTwoEqualMerges() {
    Tokenizer tokenizer = builder("l o", "l l", "l l", "l o").build();
    assertArrayEquals(new int[] {'l', LO}, encode(tokenizer, "llo"));
  }

  @Test
  void leavesOutMergesThatWouldMakeAControlToken() {
    Tokenizer tokenizer =
        TokenizerBuilder.byteLevel("tiny", Vocabularies.bytes("a", "b", "c", "ab", "abc"))
            .merges(Vocabularies.bytes("a b", "ab c"))
            .types(1, 1, 1, 1, 3)
            .build();
    assertArrayEquals(new int[] {3, 2}, encode(tokenizer, "abc"));
    assertArrayEquals(new int[] {4}, tokenizer.encode("abc", EncodeOptions.PROMPT));
  }

  @Test
  void givesTheSameTokensToManyThreads() throws Exception {
    Tokenizer tokenizer = builder().build();
    List<String> texts = new ArrayList<>();
    Random random = new Random(6);
    for (int i = 0; i < 400; i++) {
      StringBuilder text = new StringBuilder();
      for (int k = 0; k < 50; k++) {
        text.append("helo h".charAt(random.nextInt(6)));
      }
      texts.add(text.toString());
    }
    List<int[]> expected = texts.stream().map(text -> encode(tokenizer, text)).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> done = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        done.add(
            threads.submit(() -> {
              for (int i = 0; i < texts.size(); i++) {
                assertArrayEquals(expected.get(i), encode(tokenizer, texts.get(i)));
              }
            }));
      }
      for (Future<?> one : done) {
        one.get();
      }
    }
  }

  @Test
  void refusesFactsThatContradictEachOther() {
    refused("tiny.gguf: tokens 104 and 265 are both spelled 'h'", extended("h"));
    refused("merge 0 names the token 'hx', which the vocabulary does not have", builder("h x"));
    refused("merge 0 names the token 'qq', which the vocabulary does not have", builder("qq h"));
    refused("merge 1 should be two tokens with a space between, but is 'he'", builder("h e", "he"));
    refused("merge 0 should be two tokens with a space between, but is ' h'", builder(" h"));
    refused("merge 0 should be two tokens with a space between, but is 'h '", builder("h "));
    refused("merge 0 should be two tokens with a space between, but is ''", builder(""));
    refused(
        "merge 0 names 'e f', which is not spelled in the alphabet of byte-level tokens",
        builder("h e f"));
    refused(
        "the beginning-of-text token has the id 265, but the ids are 0 to 264",
        builder().bosId(265));
    refused("the padding token has the id -1", builder().padId(-1));
    refused("265 tokens, but 2 token types", builder().types(1, 1));
    int[] types = new int[SIZE];
    types[5] = 7;
    refused("token 5 has the type 7; types are 1 to 6", builder().types(types));
    types[5] = 6;
    refused("token 5 is said to be a byte, but is spelled", builder().types(types));
    refused("the vocabulary has no tokens", TokenizerBuilder.byteLevel("tiny.gguf", List.of()));
    refused(
        "says that the end-of-text token is added to prompts, but does not name it",
        TokenizerBuilder.byteLevel("tiny.gguf", Vocabularies.bytes("a")).addEos(true));
    refused(
        "says that the beginning-of-text token is added to prompts, but does not name it",
        TokenizerBuilder.byteLevel("tiny.gguf", Vocabularies.bytes("a")).addBos(true));
    int[] twins = new int[] {3, 3};
    refused(
        "the special tokens 0 and 1 are both spelled '<s>'",
        TokenizerBuilder.byteLevel("tiny.gguf", Vocabularies.bytes("<s>", "<s>")).types(twins));
  }

  private static TokenizerBuilder extended(String token) {
    return TokenizerBuilder.byteLevel(
        "tiny.gguf",
        Vocabularies.lettersAnd("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8", "a9", token));
  }

  private static void refused(String message, TokenizerBuilder builder) {
    String actual = assertThrows(ModelFormatException.class, builder::build).getMessage();
    assertTrue(actual.startsWith("tiny.gguf: ") && actual.contains(message), actual);
  }

  @Test
  void saysInWhichFileAPreTokenizerIsUnknown() {
    String message =
        assertThrows(UnsupportedModelException.class, () -> builder().preTokenizer("nonsense"))
            .getMessage();
    assertTrue(message.startsWith("tiny.gguf: the pre-tokenizer 'nonsense' is not known"), message);
  }

  @Test
  void refusesFactsThatBelongToAnotherKind() {
    TokenizerBuilder bytes = builder();
    assertThrows(IllegalStateException.class, () -> bytes.scores(1));
    assertThrows(IllegalStateException.class, () -> bytes.addSpacePrefix(true));
    assertThrows(IllegalStateException.class, () -> bytes.removeExtraWhitespaces(true));
    TokenizerBuilder pieces =
        TokenizerBuilder.sentencePiece("tiny.gguf", Vocabularies.bytes("a")).scores(0);
    assertThrows(IllegalStateException.class, () -> pieces.merges(List.of()));
    assertThrows(UnsupportedModelException.class, () -> pieces.preTokenizer(PreTokenizer.DEFAULT));
  }

  @Test
  void toleratesEmptyAndRepeatedTokensThatNothingUses() {
    List<byte[]> tokens = Vocabularies.bytes("a", "", "[PAD]", "[PAD]", "");
    Tokenizer tokenizer = TokenizerBuilder.byteLevel("tiny", tokens).types(1, 5, 5, 5, 1).build();
    assertArrayEquals(new int[] {0}, encode(tokenizer, "a"));
    assertEquals("a", tokenizer.decode(0, 1, 2, 3, 4));
    assertEquals("[PAD]", tokenizer.piece(3));
  }
}
