package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.UnsupportedModelException;
import dev.tern.testing.TestData;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.DataSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is chosen, kept and found again.
class TrainingDataTest {
  @TempDir Path folder;

  private static List<String> numbered(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "the " + i).toList();
  }

  /// The texts that a side has, each with how often.
  private static Map<String, Integer> texts(Batches batches, boolean wholePass) {
    List<Integer> tokens = new ArrayList<>();
    if (wholePass) {
      for (long i = 0; i < batches.batchesPerEpoch(); i++) {
        TokenBatch batch = batches.batch(i);
        IntStream.of(batch.inputs()).forEach(tokens::add);
      }
      tokens.subList((int) batches.tokensPerEpoch(), tokens.size()).clear();
    } else {
      tokens.addAll(TestRun.pass(batches, 0, 1));
      // The last token of a pass is a target only.
      tokens.add(TestTokenizers.EOS);
    }
    Map<String, Integer> texts = new HashMap<>();
    for (List<Integer> document : TestRun.documents(tokens)) {
      int[] ids = document.stream().mapToInt(Integer::intValue).toArray();
      texts.merge(TestTokenizers.small().decode(ids).strip(), 1, Integer::sum);
    }
    return texts;
  }

  @Test
  void documentsAreKeptBackByTheirContent() throws IOException {
    TestRun run = new TestRun(folder);
    TreeSet<String> before;
    try (TrainingData data =
        run.prepare(TestRun.keeping(0.1, run.text("a.txt", numbered(0, 1000), 1)))) {
      before = new TreeSet<>(texts(data.validation(1, 16), true).keySet());
      TreeSet<String> learnt = new TreeSet<>(texts(data.training(1, 1), false).keySet());
      assertTrue(before.size() > 60 && before.size() < 140, before.size() + " of 1000 for 0.1");
      assertEquals(1000, before.size() + learnt.size());
      learnt.retainAll(before);
      assertTrue(learnt.isEmpty(), "text to measure with was learnt");
    }
    List<String> more = new ArrayList<>(numbered(1000, 1500));
    more.addAll(numbered(0, 1000));
    try (TrainingData data = run.prepare(TestRun.keeping(0.1, run.text("b.txt", more, 1)))) {
      TreeSet<String> after = new TreeSet<>(texts(data.validation(1, 16), true).keySet());
      assertTrue(after.containsAll(before), "new documents moved old ones");
      after.removeAll(before);
      assertTrue(after.stream().allMatch(text -> Integer.parseInt(text.substring(4)) >= 1000));
    }
  }

  @Test
  void corporaAreRepeated() throws IOException {
    TestRun run = new TestRun(folder);
    CorpusSettings half = run.text("half.txt", numbered(0, 400), 0.5);
    CorpusSettings thrice = run.text("thrice.txt", numbered(1000, 1100), 3);
    Map<String, Integer> counts;
    try (TrainingData data = run.prepare(TestRun.learning(half, thrice))) {
      counts = texts(data.training(1, 1), false);
    }
    long few = counts.keySet().stream().filter(text -> text.length() < 8).count();
    assertTrue(few > 150 && few < 250, few + " of 400 for a half");
    assertEquals(few, counts.values().stream().filter(count -> count == 1).count());
    for (String text : numbered(1000, 1100)) {
      assertEquals(3, counts.get(text));
    }
    try (TrainingData again = run.prepare(TestRun.learning(half, thrice))) {
      assertEquals(counts, texts(again.training(1, 1), false));
      assertEquals(300 + few, again.trainingCounts().documents());
    }
  }

  @Test
  void tokensAreMadeOnceAndFoundAgain() throws IOException {
    TestRun run = new TestRun(folder);
    CorpusSettings first = run.text("a.txt", numbered(0, 20), 1);
    CorpusSettings second = run.text("b.txt", numbered(20, 40), 1);
    run.prepare(TestRun.learning(first, second)).close();
    assertEquals(2, run.activities.stream().filter("tokenizing"::equals).count());
    run.prepare(TestRun.keeping(0.3, first, second)).close();
    assertFalse(run.activities.contains("tokenizing"), "nothing that matters has changed");
    run.text("b.txt", numbered(20, 41), 1);
    try (TrainingData data = run.prepare(TestRun.learning(first, second))) {
      assertEquals(41, data.trainingCounts().documents());
    }
    assertEquals(1, run.activities.stream().filter("tokenizing"::equals).count());
    run.prepare(TestRun.learning(first, second), TestTokenizers.large(), Optional.empty(), 42)
        .close();
    assertEquals(2, run.activities.stream().filter("tokenizing"::equals).count());
  }

  @Test
  void damagedTokensAreMadeAnew() throws IOException {
    TestRun run = new TestRun(folder);
    DataSettings settings = TestRun.learning(run.text("a.txt", numbered(0, 20), 1));
    run.prepare(settings).close();
    Path shard = shards(run).getFirst();
    byte[] whole = Files.readAllBytes(shard);
    for (int length : new int[] {0, 7, 79, 80, whole.length - 1}) {
      Files.write(shard, Arrays.copyOf(whole, length));
      run.prepare(settings).close();
      assertArrayEquals(whole, Files.readAllBytes(shard));
    }
    for (int at = 0; at < Shard.HEADER_BYTES; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x55;
      Files.write(shard, damaged);
      run.prepare(settings).close();
      assertArrayEquals(whole, Files.readAllBytes(shard), "byte " + at);
    }
  }

  private static List<Path> shards(TestRun run) throws IOException {
    try (Stream<Path> files = Files.list(run.cache())) {
      return files.filter(file -> file.toString().endsWith(".tokens")).toList();
    }
  }

  @Test
  void nothingThatIsUnfinishedLooksWhole() throws IOException {
    TestRun run = new TestRun(folder);
    byte[] text = "the end in the end\n".repeat(400_000).getBytes(UTF_8);
    text[text.length - 2] = (byte) 0xFF;
    CorpusSettings broken = run.bytes("a.txt", text);
    DataException refused =
        assertThrows(DataException.class, () -> run.prepare(TestRun.learning(broken)));
    assertTrue(refused.getMessage().contains("at byte " + (text.length - 2) + ":"));
    try (Stream<Path> files = Files.list(run.cache())) {
      assertEquals(
          List.of(".lock"), files.map(file -> file.getFileName().toString()).sorted().toList());
    }
    // What a process that was killed leaves.
    Files.write(run.cache().resolve(".a.txt-0.tokens.1.partial"), new byte[100]);
    run.prepare(TestRun.learning(run.text("b.txt", List.of("in"), 1))).close();
    assertEquals(1, shards(run).size());
    assertFalse(Files.exists(run.cache().resolve(".a.txt-0.tokens.1.partial")));
  }

  @Test
  void vocabulariesBeyondSixteenBitsAreKeptWhole() throws IOException {
    TestRun run = new TestRun(folder);
    Tokenizer large = TestTokenizers.large();
    DataSettings settings = TestRun.learning(run.text("a.txt", List.of("the end"), 1));
    try (TrainingData data = run.prepare(settings, large, Optional.empty(), 1)) {
      int[] ids = large.encode("the end", EncodeOptions.TEXT);
      assertTrue(IntStream.of(ids).anyMatch(id -> id > 65_535));
      TokenBatch batch = data.training(1, ids.length + 1).batch(0);
      assertEquals(TestTokenizers.BOS, batch.inputs()[0]);
      assertArrayEquals(ids, Arrays.copyOf(batch.targets(), ids.length));
      assertEquals(TestTokenizers.EOS, batch.targets()[ids.length]);
    }
  }

  @Test
  void documentsWithoutAnEndTokenAreToldApartByTheirBeginnings() throws IOException {
    TestRun run = new TestRun(folder);
    DataSettings settings = TestRun.learning(run.text("a.txt", List.of("the", "the"), 1));
    try (TrainingData data =
        run.prepare(settings, TestTokenizers.withoutEnd(), Optional.empty(), 1)) {
      int[] inputs = data.training(1, 3).batch(0).inputs();
      assertEquals(4, data.trainingCounts().tokens());
      assertEquals(TestTokenizers.BOS, inputs[0]);
      assertEquals(TestTokenizers.BOS, inputs[2]);
    }
    assertThrows(
        UnsupportedModelException.class,
        () -> run.prepare(settings, TestTokenizers.withoutMarks(), Optional.empty(), 1));
  }

  @Test
  void whatLeavesNothingIsSaid() throws IOException {
    TestRun run = new TestRun(folder);
    CorpusSettings empty = run.text("empty.txt", List.of("", " \n"), 1);
    CorpusSettings one = run.text("one.txt", List.of("the end"), 1);
    assertTrue(refusal(run, TestRun.learning(empty)).contains("0 documents"));
    assertTrue(refusal(run, TestRun.keeping(0.01, one)).contains("keeps none back"));
    assertTrue(
        refusal(run, new DataSettings(List.of(one), List.of(empty), 0, true)).contains("no text"));
    assertTrue(
        refusal(run, new DataSettings(List.of(one), List.of(one), 0, true))
            .contains("also in data.train"));
    CorpusSettings missing =
        new CorpusSettings(
            folder.resolve("missing"), CorpusSettings.Format.TEXT, Optional.empty(), 1);
    assertTrue(
        assertThrows(DataException.class, () -> run.prepare(TestRun.learning(missing)))
            .getMessage()
            .contains("no such file"));
  }

  private static String refusal(TestRun run, DataSettings settings) {
    return assertThrows(ConfigException.class, () -> run.prepare(settings)).getMessage();
  }

  @Test
  void longDocumentsHaveTheTokensThatTheyHaveAsAWhole() throws IOException {
    TestRun run = new TestRun(folder);
    String line = "In the end the naïve \uD83E\uDD99 ate 12345 apples; didn't   it?\n";
    requireWhole(run, TestTokenizers.small(), line.repeat(12_000));
    requireWhole(run, TestTokenizers.small(), line.replace('\n', ' ').repeat(12_000));
    Tokenizer llama = Tokenizers.load(TestData.require("tokenizers/llama3"));
    requireWhole(run, llama, line.repeat(12_000));
    requireWhole(run, llama, line.replace('\n', ' ').repeat(12_000));
    requireWhole(run, Tokenizers.load(TestData.require("tokenizers/llama2")), line.repeat(12_000));
  }

  private static void requireWhole(TestRun run, Tokenizer tokenizer, String text)
      throws IOException {
    DataSettings settings = TestRun.learning(run.text("long.txt", List.of(text), 1));
    int[] expected = tokenizer.encode(text.strip(), EncodeOptions.TEXT);
    try (TrainingData data = run.prepare(settings, tokenizer, Optional.empty(), 1)) {
      TokenBatch batch = data.training(1, expected.length).batch(0);
      assertArrayEquals(expected, batch.targets());
      assertEquals(1, data.trainingCounts().documents());
      assertEquals(text.strip().getBytes(UTF_8).length, data.trainingCounts().learntBytes());
    }
  }
}
