package dev.tern.server.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.grammar.Grammar;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GrammarCacheTest {
  private final GrammarCache cache = new GrammarCache();

  private static Grammar word(String word) {
    return Grammar.gbnf("root ::= \"%s\"".formatted(word));
  }

  @Test
  void forgetsTheOneThatWasUsedLeastRecently() {
    Grammar first = word("first");
    cache.add("first", first);
    for (int i = 0; i < 31; i++) {
      cache.add("more " + i, word("more"));
    }
    assertEquals(Optional.of(first), cache.find("first"));
    cache.add("one too many", word("more"));
    assertEquals(Optional.of(first), cache.find("first"));
    assertEquals(Optional.empty(), cache.find("more 0"));
  }

  @Test
  void keepsFewerWhereTheyAreLarge() {
    Grammar small = word("small");
    Grammar large = word("x".repeat(400_000));
    cache.add("small", small);
    int most = (int) ((32L << 20) / large.byteSize());
    assertTrue(most < 30, () -> "a large grammar takes " + large.byteSize());
    for (int i = 0; i <= most; i++) {
      cache.add("large " + i, large);
    }
    assertEquals(Optional.empty(), cache.find("small"));
    assertEquals(Optional.empty(), cache.find("large 0"));
    assertEquals(Optional.of(large), cache.find("large " + most));
  }

  @Test
  void countsTheTextsOfGrammarsToo() {
    cache.add("small", word("small"));
    for (int i = 0; i < 20; i++) {
      cache.add(i + "x".repeat(1 << 20), word("small"));
    }
    assertEquals(Optional.empty(), cache.find("small"));
  }

  @Test
  void countsOneThatIsAddedAgainOnce() {
    Grammar large = word("x".repeat(400_000));
    cache.add("small", word("small"));
    for (int i = 0; i < 20; i++) {
      cache.add("large", large);
    }
    assertTrue(cache.find("small").isPresent());
  }
}
