package dev.tern.train.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import dev.tern.train.config.DataSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What order and cutting promise.
class BatchesTest {
  private static final Tokenizer TOKENIZER = TestTokenizers.small();

  @TempDir Path folder;

  private static List<String> documents(int count, long seed) {
    Random random = new Random(seed);
    List<String> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add("the %d ".formatted(i) + "in the end ".repeat(random.nextInt(1, 9)) + ".");
    }
    return documents;
  }

  private static List<Integer> tokens(String document) {
    List<Integer> tokens = new ArrayList<>(List.of(TestTokenizers.BOS));
    IntStream.of(TOKENIZER.encode(document, EncodeOptions.TEXT)).forEach(tokens::add);
    tokens.add(TestTokenizers.EOS);
    return tokens;
  }

  private static Map<List<Integer>, Integer> counted(List<List<Integer>> lists) {
    Map<List<Integer>, Integer> counts = new HashMap<>();
    lists.forEach(list -> counts.merge(list, 1, Integer::sum));
    return counts;
  }

  @Test
  void aPassHasEveryDocumentOnceInAnOrderOfItsOwn() throws IOException {
    List<String> documents = documents(300, 1);
    TestRun run = new TestRun(folder);
    try (TrainingData data = run.prepare(TestRun.learning(run.text("a.txt", documents, 1)))) {
      Batches batches = data.training(1, 64);
      List<Integer> expected = documents.stream().flatMap(text -> tokens(text).stream()).toList();
      assertEquals(expected.size(), batches.tokensPerEpoch());
      assertEquals(expected.size(), data.trainingCounts().tokens());
      List<List<Integer>> orders = new ArrayList<>();
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Integer> pass = TestRun.pass(batches, epoch, 64);
        assertTrue(expected.size() - 1 - pass.size() < 64, "more than a tail was dropped");
        List<List<Integer>> seen = TestRun.documents(pass);
        List<Integer> cut = seen.removeLast();
        Map<List<Integer>, Integer> rest =
            new HashMap<>(counted(documents.stream().map(BatchesTest::tokens).toList()));
        for (List<Integer> document : seen) {
          assertEquals(1, rest.remove(document), "a document comes twice, or changed");
        }
        assertTrue(
            rest.keySet().stream().anyMatch(left -> Collections.indexOfSubList(left, cut) == 0));
        orders.add(pass);
      }
      assertNotEquals(orders.get(0), orders.get(1));
      assertNotEquals(orders.get(1), orders.get(2));
      assertNotEquals(
          expected.subList(0, 640), orders.get(0).subList(0, 640), "it was not shuffled");
    }
  }

  @Test
  void targetsAreTheNextTokensOfTheSameDocument() throws IOException {
    TestRun run = new TestRun(folder);
    try (TrainingData data =
        run.prepare(TestRun.learning(run.text("a.txt", documents(100, 2), 1)))) {
      Batches batches = data.training(1, 50);
      TokenBatch batch = batches.batch(0);
      for (long index = 0; index + 2 < batches.batchesPerEpoch(); index++) {
        TokenBatch next = batches.batch(index + 1);
        int number = 0;
        for (int i = 0; i < 50; i++) {
          boolean begins = batch.inputs()[i] == TestTokenizers.BOS;
          number += begins && i > 0 ? 1 : 0;
          assertEquals(number, batch.documents()[i]);
          int follows = i < 49 ? batch.inputs()[i + 1] : next.inputs()[0];
          boolean ends = batch.inputs()[i] == TestTokenizers.EOS;
          assertEquals(ends ? TokenBatch.IGNORED : follows, batch.targets()[i]);
        }
        batch = next;
      }
    }
  }

  @Test
  void documentsThatAreNotIsolatedFollowEachOther() throws IOException {
    TestRun run = new TestRun(folder);
    DataSettings settings =
        new DataSettings(List.of(run.text("a.txt", documents(100, 3), 1)), List.of(), 0.2, false);
    try (TrainingData data = run.prepare(settings)) {
      TokenBatch batch = data.training(4, 50).batch(0);
      assertEquals(200, batch.predictions());
      assertArrayEquals(new int[200], batch.documents());
      assertEquals(data.trainingCounts().tokens() - 1, data.trainingCounts().predictions());
      assertEquals(predictions(data.validation(3, 40)), data.validationCounts().predictions());
    }
  }

  private static long predictions(Batches batches) {
    long predictions = 0;
    for (long index = 0; index < batches.batchesPerEpoch(); index++) {
      predictions += batches.batch(index).predictions();
    }
    return predictions;
  }

  @Test
  void aBatchDependsOnItsNumberAndTheSeedAlone() throws IOException {
    TestRun run = new TestRun(folder);
    DataSettings settings = TestRun.learning(run.text("a.txt", documents(200, 4), 1));
    try (TrainingData data = run.prepare(settings);
        TrainingData again = run.prepare(settings);
        TrainingData other = run.prepare(settings, TOKENIZER, Optional.empty(), 43)) {
      Batches inOrder = data.training(3, 32);
      List<TokenBatch> all = new ArrayList<>();
      long count = 3 * inOrder.batchesPerEpoch();
      for (long index = 0; index < count; index++) {
        all.add(inOrder.batch(index));
      }
      Batches fresh = again.training(3, 32);
      new Random(5)
          .longs(200, 0, count)
          .forEach(index -> {
            TokenBatch expected = all.get((int) index);
            TokenBatch found = fresh.batch(index);
            assertArrayEquals(expected.inputs(), found.inputs());
            assertArrayEquals(expected.targets(), found.targets());
            assertArrayEquals(expected.documents(), found.documents());
          });
      assertFalse(
          Arrays.equals(all.getFirst().inputs(), other.training(3, 32).batch(0).inputs()),
          "the seed makes no difference");
      assertThrows(IllegalArgumentException.class, () -> fresh.batch(-1));
    }
  }

  @Test
  void batchesGoOnAcrossPasses() throws IOException {
    TestRun run = new TestRun(folder);
    try (TrainingData data =
        run.prepare(TestRun.learning(run.text("a.txt", documents(40, 6), 1)))) {
      Batches single = data.training(1, 30);
      Batches several = data.training(7, 30);
      assertNotEquals(0, single.batchesPerEpoch() % 7, "the test would not meet a boundary");
      assertEquals((single.batchesPerEpoch() + 6) / 7, several.batchesPerEpoch());
      for (int index = 0; index < 2 * several.batchesPerEpoch(); index++) {
        int[] rows = several.batch(index).inputs();
        for (int row = 0; row < 7; row++) {
          assertArrayEquals(
              single.batch(7L * index + row).inputs(),
              Arrays.copyOfRange(rows, row * 30, row * 30 + 30));
        }
      }
    }
  }

  @Test
  void validationHasEveryTokenOnceInItsOrderAndFillsTheLastBatchUp() throws IOException {
    TestRun run = new TestRun(folder);
    List<String> measured = documents(50, 7);
    DataSettings settings =
        new DataSettings(
            List.of(run.text("a.txt", documents(50, 8), 1)),
            List.of(run.text("b.txt", measured, 1)),
            0,
            true);
    try (TrainingData data = run.prepare(settings)) {
      Batches batches = data.validation(4, 33);
      List<Integer> inputs = new ArrayList<>();
      for (long index = 0; index < batches.batchesPerEpoch(); index++) {
        IntStream.of(batches.batch(index).inputs()).forEach(inputs::add);
      }
      List<Integer> expected = measured.stream().flatMap(text -> tokens(text).stream()).toList();
      assertEquals(expected, inputs.subList(0, expected.size()));
      assertTrue(inputs.size() - expected.size() < 4 * 33, "a batch of nothing");
      assertEquals(expected.size() - 50, predictions(batches));
      assertEquals(expected.size() - 50, data.validationCounts().predictions());
      long bytes = measured.stream().mapToLong(String::length).sum();
      assertEquals(
          new TokenCounts(50, expected.size(), expected.size() - 50, bytes),
          data.validationCounts());
      long last = batches.batchesPerEpoch() - 1;
      assertArrayEquals(batches.batch(last).targets(), batches.batch(2 * last + 1).targets());
    }
  }

  @Test
  void tooLittleTextForASequenceIsSaid() throws IOException {
    TestRun run = new TestRun(folder);
    try (TrainingData data = run.prepare(TestRun.learning(run.text("a.txt", List.of("in"), 1)))) {
      assertTrue(
          assertThrows(IllegalArgumentException.class, () -> data.training(1, 512))
              .getMessage()
              .contains("a sequence of 512 needs one more"));
      assertThrows(IllegalArgumentException.class, () -> data.training(0, 1));
      assertThrows(IllegalStateException.class, () -> data.validation(1, 1));
    }
  }
}
