package dev.tern.grammar;

import dev.tern.grammar.Program.Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Makes a [Program] of rules that have been normalized. It begins with the root rule.
///
/// What a rule calls last it goes to without coming back, so that lists that are written as
/// recursion on the right take no room.
final class ProgramCompiler {
  private static final int MAX_INSTRUCTIONS = 1 << 20;

  private final RuleSet rules;
  private Operation[] operations = new Operation[64];
  private int[] a = new int[64];
  private int[] b = new int[64];
  private int[] c = new int[64];
  private int size;
  private final List<BitSet> sets = new ArrayList<>();
  private final Map<BitSet, Integer> numbers = new HashMap<>();
  private final Map<Integer, Integer> starts = new HashMap<>();
  private final Deque<Integer> pending = new ArrayDeque<>();
  private final List<Integer> calls = new ArrayList<>();

  private ProgramCompiler(RuleSet rules) {
    this.rules = rules;
  }

  static Program compile(RuleSet rules, int root) {
    ProgramCompiler compiler = new ProgramCompiler(rules);
    compiler.compileFrom(root);
    return new Program(
        Arrays.copyOf(compiler.operations, compiler.size),
        Arrays.copyOf(compiler.a, compiler.size),
        Arrays.copyOf(compiler.b, compiler.size),
        Arrays.copyOf(compiler.c, compiler.size),
        compiler.sets);
  }

  private void compileFrom(int root) {
    require(root);
    while (!pending.isEmpty()) {
      int rule = pending.remove();
      starts.put(rule, size);
      emit(rules.body(rule), true);
    }
    for (int call : calls) {
      a[call] = Objects.requireNonNull(starts.get(a[call]));
    }
  }

  private void require(int rule) {
    if (starts.putIfAbsent(rule, -1) == null) {
      pending.add(rule);
    }
  }

  private int add(Operation operation, int first, int second, int third) {
    if (size == MAX_INSTRUCTIONS) {
      throw new GrammarException(
          "the grammar is too large: it needs more than %d instructions"
              .formatted(MAX_INSTRUCTIONS));
    }
    if (size == operations.length) {
      operations = Arrays.copyOf(operations, 2 * size);
      a = Arrays.copyOf(a, 2 * size);
      b = Arrays.copyOf(b, 2 * size);
      c = Arrays.copyOf(c, 2 * size);
    }
    operations[size] = operation;
    a[size] = first;
    b[size] = second;
    c[size] = third;
    return size++;
  }

  private int add(Operation operation) {
    return add(operation, 0, 0, 0);
  }

  /// @param last whether the rule ends behind this
  private void emit(Expression expression, boolean last) {
    switch (expression) {
      case Expression.Characters(var set) -> {
        emitSet(set);
        returnIf(last);
      }
      case Expression.Sequence(var parts) -> {
        for (int i = 0; i < parts.size(); i++) {
          emit(parts.get(i), last && i == parts.size() - 1);
        }
        returnIf(last && parts.isEmpty());
      }
      case Expression.Choice(var options) -> emitChoice(options, last);
      case Expression.Repeat repeat -> {
        emitRepeat(repeat);
        returnIf(last);
      }
      case Expression.Reference(int rule) -> {
        require(rule);
        calls.add(add(last ? Operation.JUMP : Operation.CALL, rule, 0, 0));
      }
    }
  }

  private void returnIf(boolean last) {
    if (last) {
      add(Operation.RETURN);
    }
  }

  private void emitChoice(List<Expression> options, boolean last) {
    if (options.isEmpty()) {
      add(Operation.FAIL);
      return;
    }
    List<Integer> jumps = new ArrayList<>();
    for (int i = 0; i < options.size() - 1; i++) {
      int split = add(Operation.SPLIT);
      emit(options.get(i), last);
      if (!last) {
        jumps.add(add(Operation.JUMP));
      }
      a[split] = size;
    }
    emit(options.getLast(), last);
    jumps.forEach(jump -> a[jump] = size);
  }

  private void emitSet(CodePoints set) {
    List<Utf8Sequences> sequences = Utf8Sequences.of(set);
    if (sequences.isEmpty()) {
      add(Operation.FAIL);
      return;
    }
    List<Integer> jumps = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i++) {
      Utf8Sequences sequence = sequences.get(i);
      boolean another = i < sequences.size() - 1;
      int split = another ? add(Operation.SPLIT) : -1;
      emitRead(sequence.first());
      for (Utf8Sequences.ByteRange range : sequence.rest()) {
        BitSet octets = new BitSet();
        octets.set(range.first(), range.last() + 1);
        emitRead(octets);
      }
      if (another) {
        jumps.add(add(Operation.JUMP));
        a[split] = size;
      }
    }
    jumps.forEach(jump -> a[jump] = size);
  }

  private void emitRead(BitSet octets) {
    int number =
        numbers.computeIfAbsent(
            octets,
            _ -> {
              sets.add(octets);
              return sets.size() - 1;
            });
    add(Operation.READ, number, 0, 0);
  }

  private void emitRepeat(Expression.Repeat repeat) {
    int least = repeat.least();
    int most = repeat.most();
    if (most == 0) {
      return;
    }
    if (most == Expression.UNLIMITED && least <= 1) {
      int start = size;
      if (least == 1) {
        emit(repeat.body(), false);
        int leave = add(Operation.SPLIT);
        add(Operation.JUMP, start, 0, 0);
        a[leave] = size;
      } else {
        int leave = add(Operation.SPLIT);
        emit(repeat.body(), false);
        add(Operation.JUMP, start, 0, 0);
        a[leave] = size;
      }
    } else if (most == 1) {
      int skip = least == 0 ? add(Operation.SPLIT) : -1;
      emit(repeat.body(), false);
      if (skip >= 0) {
        a[skip] = size;
      }
    } else {
      add(Operation.COUNT);
      int round = add(Operation.ROUND, least, most, 0);
      emit(repeat.body(), false);
      add(Operation.JUMP, round, 0, 0);
      c[round] = size;
    }
  }
}
