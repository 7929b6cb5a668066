package dev.tern.grammar;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// Which tokens of a vocabulary may come next in a grammar, for all texts that follow the two.
///
/// Safe for use by many threads, one at a time.
final class TokenMasks {
  /// A megabyte is 64 masks of a vocabulary of 128 thousand.
  private static final int MAX_MASKS = 512;

  /// Instructions for one mask: some seconds of work at most, and a thousand times what the
  /// grammars of people need.
  private static final long MAX_WORK = 50_000_000;

  /// Asking what a subtree is made of costs more than walking a small one.
  private static final int MIN_SUBTREE = 16;

  private final TokenTrie trie;
  private final Automaton automaton;
  private int kept;

  TokenMasks(TokenTrie trie, Program program) {
    this.trie = trie;
    this.automaton = new Automaton(program);
  }

  synchronized State start() {
    return automaton.start();
  }

  /// The state behind a token.
  ///
  /// @param from the first of its bytes that counts
  synchronized State after(State state, byte[] token, int from) {
    State next = state;
    for (int i = from; i < token.length; i++) {
      next = automaton.step(next, token[i] & 0xFF);
    }
    return next;
  }

  /// The tokens that may come next, those that end a text among them where it may end.
  synchronized TokenMask mask(State state) {
    TokenMask known = state.knownMask();
    if (known == null) {
      if (kept++ >= MAX_MASKS) {
        automaton.forget();
        kept = 1;
      }
      known = maskOf(state, false);
      state.remember(known);
    }
    return known;
  }

  /// The tokens with which a text may begin that loses its first space.
  synchronized TokenMask maskWithoutFirstSpace(State state) {
    return maskOf(state, true);
  }

  private TokenMask maskOf(State state, boolean dropsSpace) {
    BitSet allowed = new Walk(state, dropsSpace).run();
    if (state.accepts()) {
      for (int id : trie.ends()) {
        allowed.set(id);
      }
    }
    return new TokenMask(allowed, state.accepts());
  }

  /// The trie and the automaton walked together.
  private final class Walk {
    private final State from;
    private final boolean dropsSpace;
    private final BitSet allowed = new BitSet(trie.vocabularySize());
    private final @Nullable State[] path = new State[trie.depth() + 1];
    private final long workLimit = automaton.work() + MAX_WORK;
    private long looping;
    private boolean knowsLooping;

    Walk(State from, boolean dropsSpace) {
      this.from = from;
      this.dropsSpace = dropsSpace;
      path[0] = from;
    }

    BitSet run() {
      for (int node = 0; node < trie.size(); ) {
        State next = step(node);
        int behind = trie.behind(node);
        if (next.isDead()) {
          node = behind;
        } else if (behind - node >= MIN_SUBTREE && staysBelow(node, next)) {
          allow(trie.firstToken(node), trie.firstToken(behind));
          node = behind;
        } else {
          allow(trie.firstToken(node), trie.firstToken(node + 1));
          path[trie.depth(node) + 1] = next;
          node++;
        }
      }
      return allowed;
    }

    private State step(int node) {
      int octet = trie.octet(node);
      if (dropsSpace && trie.depth(node) == 0 && octet == ' ') {
        return from;
      }
      State before = path[trie.depth(node)];
      if (before == null) {
        throw new IllegalStateException("a node before those above it");
      }
      State next = automaton.step(before, octet);
      if (automaton.work() > workLimit) {
        throw new GrammarException(
            "the grammar takes too much work here: more than %d steps for one token; make it less ambiguous"
                .formatted(MAX_WORK));
      }
      return next;
    }

    private void allow(int first, int end) {
      for (int place = first; place < end; place++) {
        allowed.set(trie.id(place));
      }
    }

    /// Whether all bytes below a node lead from the first state to itself, as in the middle of a
    /// string: then all tokens there are allowed.
    @SuppressWarnings("ReferenceEquality")
    private boolean staysBelow(int node, State next) {
      return next == from && (trie.kindsBelow(node) & ~looping()) == 0;
    }

    @SuppressWarnings("ReferenceEquality")
    private long looping() {
      if (!knowsLooping) {
        knowsLooping = true;
        looping = -1;
        for (int octet = 0; octet < 256; octet++) {
          if (automaton.step(from, octet) != from) {
            looping &= ~TokenTrie.kind(octet);
          }
        }
      }
      return looping;
    }
  }
}
