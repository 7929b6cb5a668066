package dev.tern.grammar;

import dev.tern.grammar.State.Frame;
import dev.tern.grammar.State.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Follows a [Program] on all paths at once, byte after byte. States and what leads from one to
/// another are kept, so that a place in a grammar costs its work once.
///
/// Not safe for use by several threads.
final class Automaton {
  /// Ways in which a text can be read at once.
  private static final int MAX_PATHS = 4_096;

  /// Instructions between two bytes.
  private static final int MAX_INSTRUCTIONS = 1 << 17;

  /// More states than these are forgotten together.
  private static final int MAX_STATES = 4_096;

  private static final int MAX_FRAMES = 1 << 17;

  private final Program program;
  private final State dead;
  private final Map<Set<Path>, State> states = new HashMap<>();
  private final Map<Frame, Frame> frames = new HashMap<>();
  private final Deque<Path> open = new ArrayDeque<>();
  private final Set<Path> seen = new HashSet<>();
  private @Nullable State start;
  private long work;

  /// Makes an automaton that knows no states yet.
  Automaton(Program program) {
    this.program = program;
    this.dead = new State(new Path[0], false, program.classCount());
  }

  Program program() {
    return program;
  }

  /// Instructions that have been followed so far.
  long work() {
    return work;
  }

  /// The state of an empty text.
  State start() {
    State known = start;
    if (known == null) {
      seen.clear();
      visit(0, null);
      known = settle();
      start = known;
    }
    return known;
  }

  /// The state after one more byte.
  ///
  /// @throws GrammarException if there are too many ways to read the text
  State step(State from, int octet) {
    int byteClass = program.classOf(octet);
    State known = from.known(byteClass);
    return known == null ? compute(from, octet, byteClass) : known;
  }

  private State compute(State from, int octet, int byteClass) {
    seen.clear();
    for (Path path : from.paths()) {
      if (program.reads(path.place(), octet)) {
        visit(path.place() + 1, path.stack());
      }
    }
    State next = seen.isEmpty() ? dead : settle();
    from.remember(byteClass, next);
    return next;
  }

  /// Follows the paths to the next instructions that read.
  private State settle() {
    Set<Path> reading = new HashSet<>();
    boolean accepts = false;
    while (!open.isEmpty()) {
      Path path = open.pop();
      switch (program.operation(path.place())) {
        case READ -> reading.add(path);
        case RETURN -> accepts |= !leaveRule(path);
        default -> follow(path);
      }
    }
    if (reading.size() > MAX_PATHS) {
      throw tooAmbiguous();
    }
    work += seen.size();
    if (!accepts && reading.isEmpty()) {
      return dead;
    }
    if (states.size() >= MAX_STATES || frames.size() >= MAX_FRAMES) {
      forget();
    }
    boolean end = accepts;
    // A text may end in one of two states with the same paths.
    if (end) {
      reading.add(new Path(-1, null));
    }
    return states.computeIfAbsent(
        reading,
        key ->
            new State(
                key.stream().filter(path -> path.place() >= 0).toArray(Path[]::new),
                end,
                program.classCount()));
  }

  /// Forgets all states. Those that somebody holds can still be used.
  void forget() {
    states.values().forEach(State::forget);
    states.clear();
    frames.clear();
    start = null;
  }

  private boolean leaveRule(Path path) {
    Frame top = path.stack();
    if (top == null) {
      return false;
    }
    visit(top.number, top.below);
    return true;
  }

  private void follow(Path path) {
    int place = path.place();
    Frame stack = path.stack();
    switch (program.operation(place)) {
      case SPLIT -> {
        visit(place + 1, stack);
        visit(program.a(place), stack);
      }
      case JUMP -> visit(program.a(place), stack);
      case CALL -> visit(program.a(place), push(place + 1, stack));
      case COUNT -> visit(place + 1, push(0, stack));
      case ROUND -> round(place, stack);
      case FAIL, READ, RETURN -> {}
    }
  }

  private void round(int place, @Nullable Frame stack) {
    if (stack == null) {
      throw new IllegalStateException("a repetition without a number");
    }
    int least = program.a(place);
    int most = program.b(place);
    if (stack.number >= least) {
      visit(program.c(place), stack.below);
    }
    if (most == Expression.UNLIMITED) {
      // Rounds behind the least are all alike.
      visit(place + 1, push(Math.min(stack.number + 1, least), stack.below));
    } else if (stack.number < most) {
      visit(place + 1, push(stack.number + 1, stack.below));
    }
  }

  private Frame push(int number, @Nullable Frame below) {
    Frame frame = new Frame(number, below);
    Frame known = frames.putIfAbsent(frame, frame);
    return known == null ? frame : known;
  }

  private void visit(int place, @Nullable Frame stack) {
    Path path = new Path(place, stack);
    if (seen.add(path)) {
      if (seen.size() > MAX_INSTRUCTIONS) {
        open.clear();
        throw tooAmbiguous();
      }
      open.push(path);
    }
  }

  private static GrammarException tooAmbiguous() {
    return new GrammarException(
        "the grammar is too ambiguous: there are more than %d ways to read the text so far"
            .formatted(MAX_PATHS));
  }
}
