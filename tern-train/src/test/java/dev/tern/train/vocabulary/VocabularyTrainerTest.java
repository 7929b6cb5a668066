package dev.tern.train.vocabulary;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.PreTokenizer;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.TokenizerBuilder;
import dev.tern.tokenizer.TokenizerFacts;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.TokenizerSettings.Kind;
import dev.tern.train.config.TokenizerSettings.Learnt;
import dev.tern.train.data.ProgressListener;
import dev.tern.train.data.TextDocuments;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Learnt vocabularies as those who use them see them.
class VocabularyTrainerTest {
  private static final String SENTENCES =
      """
      In the beginning there was the word, and the word was "the".
      Naïve cafés don't open before 12:30 or 1234567 o'clock;   they're   closed!
      Привет, мир! 你好，世界。 \uD83E\uDD99\uD83E\uDD99
      <unk> <s> </s> <|end_of_text|> <0x0A>
      """;

  private static final List<String> STRANGE =
      List.of(
          "",
          " ",
          "   leading and trailing   ",
          "\r\n\t\u000B\u0000\u0085\u00A0\u2003",
          "e\u0301\u0302 \u0BA8\u0BBF \u0E01\u0E33 \uFDFA \uD834\uDD1E \uDBFF\uDFFD",
          "<|begin_of_text|><|end_of_text|>",
          "\uFEFFmark");

  @TempDir Path folder;

  private static VocabularyTrainer.Text text(String... documents) {
    return sink -> List.of(documents).forEach(sink);
  }

  private Tokenizer learnt(Learnt settings, VocabularyTrainer.Text text) throws IOException {
    LearntVocabulary vocabulary = VocabularyTrainer.learn(settings, text, ProgressListener.NONE);
    vocabulary.write(folder);
    Tokenizer tokenizer = Tokenizers.load(folder);
    assertEquals(settings.size(), tokenizer.vocabularySize());
    assertEquals(settings.size(), vocabulary.size());
    return tokenizer;
  }

  private static String random(Random random, int length) {
    StringBuilder text = new StringBuilder();
    while (text.length() < length) {
      int codePoint =
          switch (random.nextInt(4)) {
            case 0 -> random.nextInt(0x80);
            case 1 -> random.nextInt(0x800);
            case 2 -> random.nextInt(0x10000);
            default -> random.nextInt(0x110000);
          };
      if (codePoint < 0xD800 || codePoint > 0xDFFF) {
        text.appendCodePoint(codePoint);
      }
    }
    return text.toString();
  }

  @Test
  void byteLevelTokensSpellAnyText() throws IOException {
    Tokenizer tokenizer = learnt(new Learnt(Kind.BYTE_LEVEL, 330), text(SENTENCES.repeat(3)));
    for (String text : STRANGE) {
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
    }
    Random random = new Random(1);
    for (int i = 0; i < 300; i++) {
      String text = random(random, 60) + SENTENCES.substring(random.nextInt(100));
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
    }
  }

  @Test
  void sentencePieceTokensSpellAnyTextWithoutSpaceMarks() throws IOException {
    Tokenizer tokenizer = learnt(new Learnt(Kind.SENTENCE_PIECE, 400), text(SENTENCES.repeat(3)));
    for (String text : STRANGE) {
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
    }
    Random random = new Random(2);
    for (int i = 0; i < 300; i++) {
      String text = random(random, 60).replace('\u2581', '-');
      assertEquals(text, tokenizer.decode(tokenizer.encode(text, EncodeOptions.TEXT)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void marksAreThereAndTextDoesNotBecomeThem(Kind kind) throws IOException {
    Learnt settings = new Learnt(kind, 340, List.of("<|eot_id|>", "the"));
    Tokenizer tokenizer = learnt(settings, text(SENTENCES.repeat(3)));
    boolean byteLevel = kind == Kind.BYTE_LEVEL;
    assertEquals(
        byteLevel ? "<|begin_of_text|>" : "<s>", piece(tokenizer, tokenizer.bosId().orElseThrow()));
    assertEquals(
        byteLevel ? "<|end_of_text|>" : "</s>", piece(tokenizer, tokenizer.eosId().orElseThrow()));
    assertTrue(tokenizer.addsBos());
    assertTrue(tokenizer.isEndOfGeneration(tokenizer.specialId("<|eot_id|>").orElseThrow()));
    assertTrue(tokenizer.isEndOfGeneration(tokenizer.eosId().orElseThrow()));
    for (int id : tokenizer.encode(SENTENCES + "the", EncodeOptions.TEXT)) {
      assertFalse(tokenizer.isControl(id), tokenizer.piece(id));
    }
    int[] marked = tokenizer.encode("the<|eot_id|>", EncodeOptions.PROMPT);
    assertEquals(tokenizer.bosId().orElseThrow(), marked[0]);
    assertEquals(3, marked.length);
    assertTrue(tokenizer.isControl(marked[1]), "a mark may be a word");
  }

  private static String piece(Tokenizer tokenizer, int id) {
    return tokenizer.piece(id);
  }

  @ParameterizedTest
  @EnumSource
  void aVocabularyDependsOnTheTextAlone(Kind kind) throws IOException {
    Learnt settings = new Learnt(kind, 320);
    learnt(settings, text(SENTENCES.repeat(2), SENTENCES));
    List<byte[]> first = contents();
    learnt(settings, text(SENTENCES.repeat(2), SENTENCES));
    List<byte[]> second = contents();
    for (int i = 0; i < first.size(); i++) {
      assertArrayEquals(first.get(i), second.get(i));
    }
  }

  private List<byte[]> contents() throws IOException {
    List<byte[]> contents = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        contents.add(Files.readAllBytes(file));
      }
    }
    assertEquals(2, contents.size());
    return contents;
  }

  /// What a GGUF file would say, and what is made of it.
  private Tokenizer throughGguf() throws IOException {
    TokenizerFacts facts = Tokenizers.facts(folder);
    assertEquals(List.of(), facts.losses());
    TokenizerBuilder builder;
    if (facts.isByteLevel()) {
      assertEquals(Optional.of(PreTokenizer.LLAMA_BPE), facts.preTokenizer());
      builder =
          TokenizerBuilder.byteLevel("facts", facts.tokens())
              .merges(facts.merges())
              .preTokenizer(facts.preTokenizer().orElseThrow());
    } else {
      builder =
          TokenizerBuilder.sentencePiece("facts", facts.tokens())
              .scores(facts.scores())
              .addSpacePrefix(facts.addSpacePrefix())
              .removeExtraWhitespaces(facts.removeExtraWhitespaces());
      facts.unknownId().ifPresent(builder::unknownId);
    }
    facts.bosId().ifPresent(builder::bosId);
    facts.eosId().ifPresent(builder::eosId);
    return builder.types(facts.types()).addBos(facts.addBos()).addEos(facts.addEos()).build();
  }

  @ParameterizedTest
  @EnumSource
  void ggufFilesHoldThem(Kind kind) throws IOException {
    Tokenizer tokenizer = learnt(new Learnt(kind, 350), text(SENTENCES.repeat(4)));
    Tokenizer converted = throughGguf();
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      String text = SENTENCES.substring(random.nextInt(150)) + random(random, 20);
      assertArrayEquals(
          tokenizer.encode(text, EncodeOptions.PROMPT),
          converted.encode(text, EncodeOptions.PROMPT));
    }
    assertEquals(tokenizer.bosId(), converted.bosId());
    assertEquals(tokenizer.eosId(), converted.eosId());
  }

  @ParameterizedTest
  @EnumSource
  void realTextGetsShort(Kind kind) throws IOException {
    CorpusSettings corpus =
        new CorpusSettings(
            TestData.require("text/tinyshakespeare/input.txt"),
            CorpusSettings.Format.TEXT,
            Optional.empty(),
            1);
    Tokenizer tokenizer =
        learnt(
            new Learnt(kind, 1024),
            sink -> TextDocuments.read(List.of(corpus), ProgressListener.NONE, sink));
    String text = Files.readString(corpus.path(), UTF_8);
    int[] ids = tokenizer.encode(text, EncodeOptions.TEXT);
    double bytesPerToken = (double) text.length() / ids.length;
    assertTrue(bytesPerToken > 2.3, bytesPerToken + " bytes a token");
    assertEquals(text, tokenizer.decode(ids));
  }

  @ParameterizedTest
  @EnumSource
  void tooLittleTextIsSaid(Kind kind) {
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> learnt(new Learnt(kind, 5000), text("the end of the end")));
    assertTrue(refused.getMessage().contains("not for 5000"), refused.getMessage());
    assertThrows(ConfigException.class, () -> new Learnt(kind, 200));
    assertThrows(ConfigException.class, () -> new Learnt(kind, 500, List.of("a", "a")));
    assertThrows(ConfigException.class, () -> new Learnt(kind, 500, List.of(" a")));
    assertThrows(ConfigException.class, () -> new Learnt(kind, 500, kind.ownMarks()));
  }

  @ParameterizedTest
  @EnumSource
  void theSmallestVocabulariesWork(Kind kind) throws IOException {
    int least = kind == Kind.BYTE_LEVEL ? 258 : 260;
    Tokenizer tokenizer = learnt(new Learnt(kind, least), text(SENTENCES));
    assertEquals(SENTENCES, tokenizer.decode(tokenizer.encode(SENTENCES, EncodeOptions.TEXT)));
  }

  @Test
  void aFolderHasOneKindOfTokenizer() throws IOException {
    learnt(new Learnt(Kind.BYTE_LEVEL, 300), text(SENTENCES.repeat(2)));
    LearntVocabulary other =
        VocabularyTrainer.learn(
            new Learnt(Kind.SENTENCE_PIECE, 300), text(SENTENCES.repeat(2)), ProgressListener.NONE);
    assertThrows(FileAlreadyExistsException.class, () -> other.write(folder));
  }
}
