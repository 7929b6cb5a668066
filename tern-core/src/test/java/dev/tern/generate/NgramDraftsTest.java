package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class NgramDraftsTest {
  @Test
  void goesOnAsTheTextDidAfterTheSameTokens() {
    assertArrayEquals(new int[] {4, 5, 1}, guess(3, 3, 1, 2, 3, 4, 5, 1, 2));
    assertArrayEquals(new int[] {4, 5, 1, 2}, guess(3, 9, 1, 2, 3, 4, 5, 1, 2));
  }

  @Test
  void prefersTheLongerMatchToTheLaterOne() {
    assertArrayEquals(new int[] {7}, guess(3, 1, 1, 2, 3, 7, 9, 2, 3, 8, 1, 2));
  }

  @Test
  void prefersTheLaterOfTwoPlaces() {
    assertArrayEquals(new int[] {8}, guess(3, 1, 1, 2, 3, 7, 1, 2, 3, 8, 1, 2));
  }

  @Test
  void saysNothingWhereOnlyOneTokenMatches() {
    assertArrayEquals(new int[0], guess(3, 4, 3, 7, 8, 9));
  }

  @Test
  void saysNothingOfShortAndOfNewTexts() {
    assertArrayEquals(new int[0], guess(1, 4));
    assertArrayEquals(new int[0], guess(1, 4, 1));
    assertArrayEquals(new int[0], guess(6, 4, 1, 2, 3, 4, 5));
  }

  @Test
  void guessesNoMoreThanItMay() {
    assertArrayEquals(new int[0], guess(3, 0, 1, 2, 3, 4, 5, 1, 2));
  }

  @Test
  void doesNotGuessBeyondTheEndOfTheText() {
    assertArrayEquals(new int[0], guess(5, 9, 5, 5));
    assertArrayEquals(new int[] {5}, guess(5, 9, 5, 5, 5));
  }

  private static int[] guess(int next, int limit, int... tokens) {
    TokenHistory history = new TokenHistory();
    IntStream.of(tokens).forEach(history::add);
    return NgramDrafts.guess(history, next, limit);
  }
}
