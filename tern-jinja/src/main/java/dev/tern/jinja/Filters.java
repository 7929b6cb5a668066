package dev.tern.jinja;

import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Generator;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Real;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Spliterators;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The filters of Jinja2 that templates use: what stands after `|`. Others are refused by name.
///
/// Source: filters.py of Jinja2 3.1.6. What is a generator there is a [Generator] here, because
/// templates can tell: it is true even when it is empty, and has no length.
final class Filters {
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(\\d{1,18}(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d{1,3})?");
  private static final Pattern INTEGER = Pattern.compile("[+-]?\\d{1,18}");

  private final Budget budget;
  private final Operators operators;
  private final Printer printer;
  private final Methods methods;
  private final Subscripts subscripts;
  private final Tests tests;

  Filters(
      Budget budget,
      Operators operators,
      Printer printer,
      Methods methods,
      Subscripts subscripts,
      Tests tests) {
    this.budget = budget;
    this.operators = operators;
    this.printer = printer;
    this.methods = methods;
    this.subscripts = subscripts;
    this.tests = tests;
  }

  Value apply(String name, Value input, Arguments arguments) {
    return switch (name) {
      case "abs" -> {
        arguments.bind();
        Operators.requireDefined(input);
        yield Numbers.absolute(input);
      }
      case "capitalize" -> changed(input, arguments, Strings::capitalize);
      case "count", "length" -> {
        arguments.bind();
        yield new Int(operators.length(input));
      }
      case "d", "default" -> {
        Map<String, Value> bound = arguments.bind("default_value", "boolean");
        boolean falseToo = operators.truth(bound.getOrDefault("boolean", Values.FALSE));
        boolean missing = input instanceof Undefined || (falseToo && !operators.truth(input));
        yield missing ? bound.getOrDefault("default_value", Values.EMPTY_TEXT) : input;
      }
      case "dictsort" -> dictSort(input, arguments.bind("case_sensitive", "by", "reverse"));
      case "first" -> {
        arguments.bind();
        Iterator<Value> values = operators.iterate(input);
        yield values.hasNext()
            ? values.next()
            : new Undefined("the first item of nothing was asked for");
      }
      case "indent" ->
          indent(Methods.string(input, "indent"), arguments.bind("width", "first", "blank"));
      case "int" -> integer(input, arguments.bind("default").getOrDefault("default", new Int(0)));
      case "items" -> {
        arguments.bind();
        yield new Generator(dictionary(input).iterator());
      }
      case "join" -> join(input, arguments.bind("d", "attribute"));
      case "last" -> {
        arguments.bind();
        List<Value> values = reversed(input);
        yield values.isEmpty()
            ? new Undefined("the last item of nothing was asked for")
            : values.getFirst();
      }
      case "list" -> {
        arguments.bind();
        yield Values.listOf(list(input));
      }
      case "lower" -> changed(input, arguments, Strings::lower);
      case "map" -> new Generator(map(input, arguments));
      case "max" -> extreme(input, arguments.bind("case_sensitive", "attribute"), 1);
      case "min" -> extreme(input, arguments.bind("case_sensitive", "attribute"), -1);
      case "reject" -> selected(input, arguments, false, false);
      case "rejectattr" -> selected(input, arguments, true, false);
      case "replace" -> {
        Map<String, Value> bound = arguments.bind("old*", "new*", "count");
        yield methods.replace(
            printer.text(input),
            printer.text(bound.getOrDefault("old", Values.NONE)),
            printer.text(bound.getOrDefault("new", Values.NONE)),
            bound.get("count"));
      }
      case "reverse" -> {
        arguments.bind();
        yield input instanceof Text
            ? subscripts.slice(input, Values.NONE, Values.NONE, new Int(-1))
            : new Generator(
                reversed(input instanceof Generator ? Values.listOf(list(input)) : input)
                    .iterator());
      }
      case "select" -> selected(input, arguments, false, true);
      case "selectattr" -> selected(input, arguments, true, true);
      case "sort" -> sort(input, arguments.bind("reverse", "case_sensitive", "attribute"));
      case "string" -> changed(input, arguments, text -> text);
      case "title" -> changed(input, arguments, Filters::title);
      case "tojson" ->
          new Text(
              new JsonWriter(
                      budget,
                      arguments.bind("ensure_ascii", "indent", "separators", "sort_keys"),
                      operators)
                  .write(input));
      case "trim" -> {
        String text = printer.text(input);
        var goes = methods.stripped(text, arguments.bind("chars").get("chars"));
        yield new Text(Strings.stripStart(Strings.stripEnd(text, goes), goes));
      }
      case "unique" -> unique(input, arguments.bind("case_sensitive", "attribute"));
      case "upper" -> changed(input, arguments, Strings::upper);
      default -> throw TemplateException.unsupported("the filter '%s'".formatted(name));
    };
  }

  private Text changed(Value input, Arguments arguments, UnaryOperator<String> change) {
    arguments.bind();
    String text = printer.text(input);
    budget.spend(2L * text.length());
    return new Text(change.apply(text));
  }

  /// Unlike the method of the same name, this knows no letters, only what stands between words.
  private static String title(String text) {
    StringBuilder title = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      int end = at + Character.charCount(text.codePointAt(at));
      title.append(Strings.upper(text.substring(at, end)));
      int wordEnd = end;
      while (wordEnd < text.length() && !separatesWords(text.charAt(wordEnd))) {
        wordEnd++;
      }
      if (!separatesWords(text.charAt(at))) {
        title.append(Strings.lower(text.substring(end, wordEnd)));
        end = wordEnd;
      }
      at = end;
    }
    return title.toString();
  }

  private static boolean separatesWords(char c) {
    return "-({[<".indexOf(c) >= 0 || Strings.isSpace(c);
  }

  private List<Value> list(Value input) {
    List<Value> values = new ArrayList<>();
    operators.iterate(input).forEachRemaining(values::add);
    return values;
  }

  /// {@return what `reversed` goes over; a generator cannot be reversed}
  private List<Value> reversed(Value input) {
    if (input instanceof Generator || input instanceof Loop) {
      throw new TemplateException(input.type() + " cannot be reversed");
    }
    return list(input).reversed();
  }

  private List<Value> dictionary(Value input) {
    return switch (input) {
      case Undefined _ -> List.of();
      case Dict(Map<String, Value> entries) -> {
        budget.spend(entries.size());
        yield Methods.items(entries);
      }
      default -> throw new TemplateException("items needs a dictionary, not " + input.type());
    };
  }

  private Value dictSort(Value input, Map<String, Value> bound) {
    Operators.requireDefined(input);
    String by = printer.text(bound.getOrDefault("by", new Text("key")));
    if (!by.equals("key") && !by.equals("value")) {
      throw new TemplateException("dictsort sorts by 'key' or 'value'");
    }
    Int position = new Int(by.equals("key") ? 0 : 1);
    return sorted(
        dictionary(input), bound, pair -> subscripts.item(pair, position), operators::compare);
  }

  private Value sort(Value input, Map<String, Value> bound) {
    if (bound.get("attribute") instanceof Text(String attribute) && attribute.contains(",")) {
      throw TemplateException.unsupported("sorting by several attributes");
    }
    // Python compares lists of keys here, in which equal ones need no order.
    return sorted(
        list(input),
        bound,
        attributeGetter(bound.get("attribute"), null),
        (left, right) -> operators.equal(left, right) ? 0 : operators.compare(left, right));
  }

  private Value sorted(
      List<Value> values,
      Map<String, Value> bound,
      UnaryOperator<Value> key,
      Comparator<Value> keyOrder) {
    UnaryOperator<Value> comparedKey = comparedKey(key, bound);
    record Keyed(Value key, Value value) {}
    List<Keyed> keyed = new ArrayList<>();
    values.forEach(value -> keyed.add(new Keyed(comparedKey.apply(value), value)));
    Comparator<Keyed> order = Comparator.comparing(Keyed::key, keyOrder);
    boolean reverse = Numbers.integer(bound.getOrDefault("reverse", Values.FALSE), "reverse") != 0;
    keyed.sort(reverse ? order.reversed() : order);
    return Values.listOf(keyed.stream().map(Keyed::value).toList());
  }

  /// {@return what is compared: without regard to case, unless that was asked for}
  private UnaryOperator<Value> comparedKey(UnaryOperator<Value> key, Map<String, Value> bound) {
    boolean caseSensitive = operators.truth(bound.getOrDefault("case_sensitive", Values.FALSE));
    return value -> {
      Value found = key.apply(value);
      if (caseSensitive || !(found instanceof Text(String text))) {
        return found;
      }
      budget.spend(text.length());
      return new Text(Strings.lower(text));
    };
  }

  private Value unique(Value input, Map<String, Value> bound) {
    UnaryOperator<Value> key = comparedKey(attributeGetter(bound.get("attribute"), null), bound);
    List<Value> seen = new ArrayList<>();
    return new Generator(
        stream(input)
            .filter(value -> {
              Value found = key.apply(value);
              operators.requireHashable(found);
              boolean isNew = seen.stream().noneMatch(each -> operators.equal(each, found));
              if (isNew) {
                seen.add(found);
              }
              return isNew;
            })
            .iterator());
  }

  private Value extreme(Value input, Map<String, Value> bound, int sign) {
    UnaryOperator<Value> key = comparedKey(attributeGetter(bound.get("attribute"), null), bound);
    List<Value> values = list(input);
    if (values.isEmpty()) {
      return new Undefined("the least or greatest of nothing was asked for");
    }
    Value best = values.getFirst();
    Value bestKey = key.apply(best);
    for (Value value : values.subList(1, values.size())) {
      Value valueKey = key.apply(value);
      if (operators.compare(valueKey, bestKey) * sign > 0) {
        best = value;
        bestKey = valueKey;
      }
    }
    return best;
  }

  private Value join(Value input, Map<String, Value> bound) {
    String separator = printer.text(bound.getOrDefault("d", Values.EMPTY_TEXT));
    Value attribute = bound.getOrDefault("attribute", Values.NONE);
    UnaryOperator<Value> getter = attributeGetter(attribute, null);
    StringBuilder joined = new StringBuilder();
    Iterator<Value> values = operators.iterate(input);
    boolean first = true;
    while (values.hasNext()) {
      String next = printer.text(getter.apply(values.next()));
      budget.spend((long) next.length() + separator.length());
      joined.append(first ? "" : separator).append(next);
      first = false;
    }
    return new Text(joined.toString());
  }

  private Value indent(String text, Map<String, Value> bound) {
    Value width = bound.getOrDefault("width", new Int(4));
    boolean first = operators.truth(bound.getOrDefault("first", Values.FALSE));
    boolean blank = operators.truth(bound.getOrDefault("blank", Values.FALSE));
    String margin = width instanceof Text(String given) ? given : blanks(width);
    List<String> lines = Strings.lines(text + "\n");
    budget.spend(2L * text.length() + (long) margin.length() * lines.size());
    StringBuilder indented = new StringBuilder(first ? margin : "");
    for (int i = 0; i < lines.size(); i++) {
      boolean indents = i > 0 && (blank || !lines.get(i).isEmpty());
      indented.append(i == 0 ? "" : "\n").append(indents ? margin : "").append(lines.get(i));
    }
    return new Text(indented.toString());
  }

  private String blanks(Value width) {
    long count = Math.max(0, Numbers.integer(width, "the width of indent"));
    budget.spend(count);
    return " ".repeat((int) count);
  }

  private Value integer(Value input, Value otherwise) {
    Operators.requireDefined(input);
    return switch (input) {
      case Real(double number) when Math.abs(number) < 1L << 53 -> new Int((long) number);
      case Text(String text) -> {
        String number = Strings.strip(text);
        if (INTEGER.matcher(number).matches()) {
          yield new Int(Long.parseLong(number));
        }
        if (NUMBER.matcher(number).matches()) {
          double value = new BigDecimal(number).doubleValue();
          yield integer(new Real(value), otherwise);
        }
        if (number.codePoints().anyMatch(c -> Character.isDigit(c))
            || number.matches("(?i)[+-]?(inf|infinity|nan)")) {
          throw TemplateException.unsupported("reading the integer '%s'".formatted(number));
        }
        yield otherwise;
      }
      case Real _ -> throw new TemplateException("a float is too large for an integer");
      case Value.Bool _, Int _ -> new Int(Numbers.integer(input, "int"));
      default -> otherwise;
    };
  }

  private Iterator<Value> map(Value input, Arguments arguments) {
    if (!operators.truth(input)) {
      return Collections.emptyIterator();
    }
    if (arguments.positional().isEmpty() && arguments.named().containsKey("attribute")) {
      Map<String, Value> bound = arguments.bind("attribute", "default");
      return stream(input)
          .map(attributeGetter(bound.get("attribute"), bound.get("default")))
          .iterator();
    }
    if (arguments.positional().isEmpty()) {
      throw new TemplateException("map needs the name of a filter, or attribute=");
    }
    String name = Methods.string(arguments.positional().getFirst(), "map");
    return stream(input).map(value -> apply(name, value, arguments.rest(name))).iterator();
  }

  private Value selected(Value input, Arguments arguments, boolean byAttribute, boolean keeps) {
    Arguments given = arguments;
    UnaryOperator<Value> getter = value -> value;
    if (byAttribute) {
      if (given.positional().isEmpty()) {
        throw new TemplateException(given.callee() + " needs the name of an attribute");
      }
      getter = attributeGetter(given.positional().getFirst(), null);
      given = given.rest(given.callee());
    }
    Predicate<Value> test = operators::truth;
    if (!given.positional().isEmpty()) {
      String name = Methods.string(given.positional().getFirst(), given.callee());
      Arguments rest = given.rest(name);
      test = value -> tests.holds(name, value, rest);
    }
    UnaryOperator<Value> subject = getter;
    Predicate<Value> holds = test;
    Stream<Value> values = operators.truth(input) ? stream(input) : Stream.empty();
    return new Generator(
        values.filter(value -> holds.test(subject.apply(value)) == keeps).iterator());
  }

  /// {@return what finds an attribute, or an attribute of an attribute, of a value}
  ///
  /// @param attribute for example `function.name`, or an index; the value itself without one
  /// @param otherwise stands for what is undefined
  private UnaryOperator<Value> attributeGetter(
      @Nullable Value attribute, @Nullable Value otherwise) {
    if (attribute == null || attribute instanceof None) {
      return value -> value;
    }
    List<Value> path =
        attribute instanceof Text(String names)
            ? Strings.split(names, ".", -1).stream().map(Filters::pathElement).toList()
            : List.of(attribute);
    return value -> {
      Value found = value;
      for (Value element : path) {
        found = subscripts.item(found, element);
        if (found instanceof Undefined && otherwise != null && !(otherwise instanceof None)) {
          found = otherwise;
        }
      }
      return found;
    };
  }

  private static Value pathElement(String name) {
    return name.matches("\\d{1,9}") ? new Int(Integer.parseInt(name)) : new Text(name);
  }

  private Stream<Value> stream(Value input) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(operators.iterate(input), 0), false);
  }
}
