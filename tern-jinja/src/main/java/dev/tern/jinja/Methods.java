package dev.tern.jinja;

import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.None;
import dev.tern.jinja.Value.Text;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// The methods of Python's values that templates use; Python's others are refused by name.
final class Methods {
  private static final Set<String> OF_STRINGS =
      Set.of(
          "casefold",
          "center",
          "encode",
          "expandtabs",
          "format",
          "format_map",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "ljust",
          "maketrans",
          "partition",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "swapcase",
          "translate",
          "zfill");

  private static final Set<String> OF_LISTS =
      Set.of(
          "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove",
          "reverse", "sort");

  private static final Set<String> OF_DICTS =
      Set.of("clear", "copy", "fromkeys", "pop", "popitem", "setdefault", "update");

  private static final Set<String> OF_OTHERS =
      Set.of(
          "as_integer_ratio",
          "bit_count",
          "bit_length",
          "close",
          "conjugate",
          "count",
          "denominator",
          "from_bytes",
          "fromhex",
          "gi_code",
          "gi_frame",
          "gi_running",
          "gi_suspended",
          "gi_yieldfrom",
          "hex",
          "imag",
          "index",
          "is_integer",
          "isdisjoint",
          "mapping",
          "numerator",
          "real",
          "send",
          "start",
          "step",
          "stop",
          "throw",
          "to_bytes");

  private final Budget budget;
  private final Operators operators;

  Methods(Budget budget, Operators operators) {
    this.budget = budget;
    this.operators = operators;
  }

  /// {@return a method of a value, or null if Python has none of the name}
  @Nullable Value find(Value of, String name) {
    Function method =
        switch (of) {
          case Text(String text) -> ofString(text, name);
          case Dict(Map<String, Value> entries) -> ofDict(entries, name);
          default -> null;
        };
    Set<String> others =
        switch (of) {
          case Text _ -> OF_STRINGS;
          case Dict _ -> OF_DICTS;
          case Items items when items.kind() == Kind.LIST -> OF_LISTS;
          case None _ -> Set.of();
          default -> OF_OTHERS;
        };
    if (method == null && others.contains(name)) {
      throw TemplateException.unsupported("the method %s of %s".formatted(name, of.type()));
    }
    return method;
  }

  private @Nullable Function ofDict(Map<String, Value> entries, String name) {
    return switch (name) {
      case "items" -> arguments -> view(arguments, items(entries));
      case "keys" ->
          arguments -> view(arguments, entries.keySet().stream().map(Text::new).toList());
      case "values" -> arguments -> view(arguments, List.copyOf(entries.values()));
      case "get" ->
          arguments -> {
            Map<String, Value> bound = arguments.bind("key*", "default");
            Value key = bound.getOrDefault("key", Values.NONE);
            operators.requireHashable(key);
            Value found = key instanceof Text(String text) ? entries.get(text) : null;
            return found == null ? bound.getOrDefault("default", Values.NONE) : found;
          };
      default -> null;
    };
  }

  private Value view(Arguments arguments, List<? extends Value> values) {
    arguments.bind();
    budget.spend(values.size());
    return new Items(Kind.VIEW, values);
  }

  static List<Value> items(Map<String, Value> entries) {
    List<Value> items = new ArrayList<>();
    entries.forEach((key, value) -> items.add(Values.tupleOf(new Text(key), value)));
    return items;
  }

  private @Nullable Function ofString(String text, String name) {
    return switch (name) {
      case "strip" ->
          arguments ->
              strip(
                  arguments,
                  text,
                  (t, goes) -> Strings.stripStart(Strings.stripEnd(t, goes), goes));
      case "lstrip" ->
          arguments -> strip(arguments, text, (t, goes) -> Strings.stripStart(t, goes));
      case "rstrip" -> arguments -> strip(arguments, text, (t, goes) -> Strings.stripEnd(t, goes));
      case "lower" -> arguments -> changed(arguments, Strings.lower(text));
      case "upper" -> arguments -> changed(arguments, Strings.upper(text));
      case "title" -> arguments -> changed(arguments, Strings.title(text));
      case "capitalize" -> arguments -> changed(arguments, Strings.capitalize(text));
      case "startswith" -> arguments -> Values.of(matchesAny(arguments, text::startsWith));
      case "endswith" -> arguments -> Values.of(matchesAny(arguments, text::endsWith));
      case "removeprefix" ->
          arguments -> {
            String prefix = string(arguments.bind("prefix*").get("prefix"), "removeprefix");
            return new Text(text.startsWith(prefix) ? text.substring(prefix.length()) : text);
          };
      case "removesuffix" ->
          arguments -> {
            String suffix = string(arguments.bind("suffix*").get("suffix"), "removesuffix");
            return new Text(
                text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text);
          };
      case "split" -> arguments -> split(arguments, text);
      case "splitlines" ->
          arguments -> {
            arguments.bind();
            budget.spend(2L * text.length());
            return texts(Strings.lines(text));
          };
      case "join" -> arguments -> join(text, arguments.bind("iterable*").get("iterable"));
      case "replace" ->
          arguments -> {
            Map<String, Value> bound = arguments.bind("old*", "new*", "count");
            return replace(
                text,
                string(bound.get("old"), name),
                string(bound.get("new"), name),
                bound.get("count"));
          };
      case "find" -> arguments -> find(text, sought(arguments, text, "find"), text::indexOf);
      case "rfind" -> arguments -> find(text, sought(arguments, text, "rfind"), text::lastIndexOf);
      case "count" ->
          arguments -> {
            String sought = sought(arguments, text, "count");
            return new Int(
                sought.isEmpty() ? Strings.length(text) + 1 : Strings.count(text, sought));
          };
      default -> null;
    };
  }

  /// {@return an argument that must be a string}
  static String string(@Nullable Value value, String callee) {
    if (value instanceof Text(String text)) {
      return text;
    }
    throw new TemplateException(
        "%s needs a string, not %s".formatted(callee, value == null ? "nothing" : value.type()));
  }

  private String sought(Arguments arguments, String text, String callee) {
    String sought = string(arguments.bind("sub*").get("sub"), callee);
    budget.spendSearch(text.length(), sought.length());
    return sought;
  }

  private static Int find(String text, String sought, ToIntFunction<String> search) {
    int at = search.applyAsInt(sought);
    return new Int(at < 0 ? -1 : text.codePointCount(0, at));
  }

  private Text changed(Arguments arguments, String text) {
    arguments.bind();
    budget.spend(text.length());
    return new Text(text);
  }

  private Text strip(
      Arguments arguments, String text, BiFunction<String, IntPredicate, String> strip) {
    return new Text(strip.apply(text, stripped(text, arguments.bind("chars").get("chars"))));
  }

  /// {@return which characters go}
  IntPredicate stripped(String text, @Nullable Value characters) {
    budget.spend(text.length());
    if (characters == null || characters instanceof None) {
      return Strings::isSpace;
    }
    String given = string(characters, "strip");
    budget.spend((long) text.length() * given.length() / 64);
    return c -> given.indexOf(c) >= 0;
  }

  private static boolean matchesAny(Arguments arguments, Predicate<String> matches) {
    Value affix = arguments.bind("affix*").get("affix");
    if (affix instanceof Items(Kind kind, List<? extends Value> affixes) && kind == Kind.TUPLE) {
      return affixes.stream().anyMatch(each -> matches.test(string(each, arguments.callee())));
    }
    return matches.test(string(affix, arguments.callee()));
  }

  private Value split(Arguments arguments, String text) {
    Map<String, Value> bound = arguments.bind("sep", "maxsplit");
    long limit = Numbers.integer(bound.getOrDefault("maxsplit", new Int(-1)), "maxsplit");
    Value separator = bound.getOrDefault("sep", Values.NONE);
    budget.spend(2L * text.length());
    if (separator instanceof None) {
      return texts(Strings.words(text, limit));
    }
    String sought = string(separator, "split");
    if (sought.isEmpty()) {
      throw new TemplateException("split needs a separator that is not empty");
    }
    budget.spendSearch(text.length(), sought.length());
    return texts(Strings.split(text, sought, limit));
  }

  private static Value texts(List<String> texts) {
    return Values.listOf(texts.stream().map(Text::new).toList());
  }

  private Text join(String separator, @Nullable Value values) {
    StringBuilder joined = new StringBuilder();
    Iterator<Value> each = operators.iterate(values == null ? Values.NONE : values);
    boolean first = true;
    while (each.hasNext()) {
      String next = string(each.next(), "join");
      budget.spend((long) next.length() + separator.length());
      joined.append(first ? "" : separator).append(next);
      first = false;
    }
    return new Text(joined.toString());
  }

  Text replace(String text, String old, String replacement, @Nullable Value count) {
    long limit =
        count == null || count instanceof None
            ? -1
            : Numbers.integer(count, "the count of replace");
    budget.spendSearch(text.length(), old.length());
    if (old.isEmpty() && limit != 0) {
      throw TemplateException.unsupported("replacing an empty string");
    }
    if (limit == 0) {
      return new Text(text);
    }
    long found = Strings.count(text, old);
    budget.spend(text.length() + found * replacement.length());
    return new Text(String.join(replacement, Strings.split(text, old, limit)));
  }
}
