package dev.tern.jinja;

import dev.tern.jinja.Value.Dict;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Int;
import dev.tern.jinja.Value.Items;
import dev.tern.jinja.Value.Kind;
import dev.tern.jinja.Value.Namespace;
import dev.tern.jinja.Value.Text;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The functions that every template can call: those of Jinja2, and what Hugging Face transformers
/// adds for chat templates.
final class Globals {
  /// What a template would otherwise find undefined, although Jinja2 or transformers define it.
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "additional_special_tokens",
          "caller",
          "cls_token",
          "cycler",
          "joiner",
          "kwargs",
          "lipsum",
          "mask_token",
          "self",
          "sep_token",
          "super",
          "unk_token",
          "varargs");

  private static final Pattern DIRECTIVE = Pattern.compile("%(-?)(.?)", Pattern.DOTALL);

  /// Jinja2's sandbox has the same bound.
  private static final int MAX_RANGE = 100_000;

  private final Budget budget;
  private final Clock clock;

  Globals(Budget budget, Clock clock) {
    this.budget = budget;
    this.clock = clock;
  }

  @Nullable Value find(String name) {
    if (UNSUPPORTED.contains(name)) {
      throw TemplateException.unsupported("the variable '%s'".formatted(name));
    }
    return switch (name) {
      case "range" -> (Function) this::range;
      case "namespace" -> (Function) arguments -> new Namespace(entries(arguments));
      case "dict" -> (Function) arguments -> new Dict(entries(arguments));
      case "raise_exception" -> (Function) Globals::raise;
      case "strftime_now" -> (Function) this::now;
      default -> null;
    };
  }

  private Value range(Arguments arguments) {
    List<Long> given = new ArrayList<>();
    arguments.positional().forEach(value -> given.add(Numbers.integer(value, "range")));
    if (given.isEmpty() || given.size() > 3 || !arguments.named().isEmpty()) {
      throw new TemplateException("range takes one to three integers");
    }
    long start = given.size() == 1 ? 0 : given.getFirst();
    long stop = given.size() == 1 ? given.getFirst() : given.get(1);
    long step = given.size() == 3 ? given.get(2) : 1;
    if (step == 0) {
      throw new TemplateException("the step of range is zero");
    }
    List<Value> values = new ArrayList<>();
    long at = start;
    while (step > 0 ? at < stop : at > stop) {
      if (values.size() == MAX_RANGE) {
        throw new TemplateException("range has more than %d elements".formatted(MAX_RANGE));
      }
      values.add(new Int(at));
      boolean overflows = step > 0 ? at > Long.MAX_VALUE - step : at < Long.MIN_VALUE - step;
      at = overflows ? stop : at + step;
    }
    budget.spend(values.size());
    return new Items(Kind.RANGE, values);
  }

  private Map<String, Value> entries(Arguments arguments) {
    Map<String, Value> entries = new LinkedHashMap<>();
    for (Value value : arguments.positional()) {
      if (!(value instanceof Dict(Map<String, Value> given)) || arguments.positional().size() > 1) {
        throw new TemplateException(arguments.callee() + " takes one dictionary and named values");
      }
      entries.putAll(given);
    }
    entries.putAll(arguments.named());
    budget.spend(entries.size());
    return entries;
  }

  private static Value raise(Arguments arguments) {
    String message = Methods.string(arguments.bind("message*").get("message"), "raise_exception");
    throw new TemplateException("it refuses the conversation: " + message);
  }

  /// `datetime.now().strftime(format)` in the C locale.
  private Value now(Arguments arguments) {
    String format = Methods.string(arguments.bind("format*").get("format"), "strftime_now");
    LocalDateTime now = LocalDateTime.now(clock);
    StringBuilder text = new StringBuilder();
    Matcher directive = DIRECTIVE.matcher(format);
    int copied = 0;
    while (directive.find()) {
      text.append(format, copied, directive.start());
      String pattern = pattern(directive.group(2), !directive.group(1).isEmpty());
      text.append(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now));
      copied = directive.end();
    }
    text.append(format.substring(copied));
    budget.spend(text.length());
    return new Text(text.toString());
  }

  private static String pattern(String directive, boolean unpadded) {
    return switch (directive) {
      case "Y" -> "uuuu";
      case "m" -> unpadded ? "M" : "MM";
      case "d" -> unpadded ? "d" : "dd";
      case "H" -> unpadded ? "H" : "HH";
      case "I" -> unpadded ? "h" : "hh";
      case "M" -> unpadded ? "m" : "mm";
      case "S" -> unpadded ? "s" : "ss";
      case "y" -> "uu";
      case "b" -> "MMM";
      case "B" -> "MMMM";
      case "a" -> "EEE";
      case "A" -> "EEEE";
      case "p" -> "a";
      case "j" -> "DDD";
      case "F" -> "uuuu-MM-dd";
      case "T" -> "HH:mm:ss";
      case "%" -> "'%'";
      default -> throw TemplateException.unsupported("the date format '%%%s'".formatted(directive));
    };
  }
}
