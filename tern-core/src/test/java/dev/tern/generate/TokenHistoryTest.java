package dev.tern.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class TokenHistoryTest {
  private static TokenHistory of(int... ids) {
    TokenHistory history = new TokenHistory();
    for (int id : ids) {
      history.add(id);
    }
    return history;
  }

  @Test
  void growsWithoutLimit() {
    TokenHistory history = new TokenHistory();
    for (int i = 0; i < 5_000; i++) {
      history.add(3 * i);
    }
    assertEquals(5_000, history.size());
    for (int i = 0; i < 5_000; i++) {
      assertEquals(3 * i, history.get(i));
    }
  }

  @Test
  void hasNothingBehindItsEnd() {
    TokenHistory history = of(1, 2, 3);
    assertThrows(IndexOutOfBoundsException.class, () -> history.get(3));
    assertThrows(IndexOutOfBoundsException.class, () -> history.get(-1));
    history.truncate(1);
    assertThrows(IndexOutOfBoundsException.class, () -> history.get(1));
    assertThrows(IndexOutOfBoundsException.class, () -> history.truncate(2));
    history.add(9);
    assertEquals(9, history.get(1));
  }

  @Test
  void countsWhatIsCommonAtTheBeginning() {
    TokenHistory history = of(1, 2, 3);
    assertEquals(3, history.commonPrefix(new int[] {1, 2, 3}));
    assertEquals(3, history.commonPrefix(new int[] {1, 2, 3, 4}));
    assertEquals(2, history.commonPrefix(new int[] {1, 2}));
    assertEquals(1, history.commonPrefix(new int[] {1, 7, 3}));
    assertEquals(0, history.commonPrefix(new int[] {7, 2, 3}));
    assertEquals(0, history.commonPrefix(new int[0]));
    assertEquals(0, of().commonPrefix(new int[] {1}));
    history.truncate(1);
    assertEquals(1, history.commonPrefix(new int[] {1, 2, 3}));
  }
}
