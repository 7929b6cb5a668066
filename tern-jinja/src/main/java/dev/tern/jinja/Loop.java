package dev.tern.jinja;

import dev.tern.jinja.Value.Bool;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Undefined;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The `loop` of a `for`, which looks ahead no further than a template asks.
final class Loop implements Value, Iterator<Value> {
  private final Operators operators;
  private Iterator<Value> rest;
  private @Nullable Value previous;
  private @Nullable Value current;
  private @Nullable Value next;
  private @Nullable Value lastChanged;
  private int index = -1;

  /// How many values [#rest] still has, or negative while nobody has asked.
  private int restSize = -1;

  /// @param values what is looped over
  Loop(Iterator<Value> values, Operators operators) {
    this.rest = values;
    this.operators = operators;
  }

  @Override
  public boolean hasNext() {
    return next != null || rest.hasNext();
  }

  @Override
  public Value next() {
    previous = current;
    current = next == null ? take() : next;
    next = null;
    index++;
    return current;
  }

  /// {@return an attribute of the loop}
  Value attribute(String name) {
    return switch (name) {
      case "index" -> new Int(index + 1);
      case "index0" -> new Int(index);
      case "first" -> Values.of(index == 0);
      case "last" -> Values.of(peek() == null);
      case "length" -> new Int(index + 1 + remaining());
      case "revindex" -> new Int(remaining() + 1);
      case "revindex0" -> new Int(remaining());
      case "previtem" ->
          index == 0 || previous == null ? new Undefined("there is no previous item") : previous;
      case "nextitem" -> {
        Value item = peek();
        yield item == null ? new Undefined("there is no next item") : item;
      }
      case "depth" -> new Int(1);
      case "depth0" -> new Int(0);
      case "cycle" -> (Function) this::cycle;
      case "changed" -> (Function) this::changed;
      default -> throw TemplateException.unsupported("loop." + name);
    };
  }

  private @Nullable Value peek() {
    if (next == null && rest.hasNext()) {
      next = take();
    }
    return next;
  }

  private Value take() {
    restSize--;
    return rest.next();
  }

  private int remaining() {
    if (restSize < 0) {
      List<Value> all = new ArrayList<>();
      rest.forEachRemaining(all::add);
      rest = all.iterator();
      restSize = all.size();
    }
    return restSize + (next == null ? 0 : 1);
  }

  private Value cycle(Arguments arguments) {
    List<Value> values = arguments.positional();
    if (values.isEmpty()) {
      throw new TemplateException("loop.cycle() needs a value");
    }
    return values.get(index % values.size());
  }

  private Value changed(Arguments arguments) {
    Value given = Values.tupleOf(arguments.positional().toArray(Value[]::new));
    boolean same = lastChanged != null && operators.equal(lastChanged, given);
    lastChanged = given;
    return new Bool(!same);
  }
}
