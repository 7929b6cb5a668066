package dev.tern.grammar;

import static dev.tern.grammar.Expression.choice;
import static dev.tern.grammar.Expression.literal;
import static dev.tern.grammar.Expression.many;
import static dev.tern.grammar.Expression.optional;
import static dev.tern.grammar.Expression.sequence;

import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import dev.tern.json.JsonWriter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/// Objects and arrays of a JSON schema.
final class SchemaObjects {
  /// Of names that others must differ from, in characters.
  private static final int MAX_NAME = 256;

  private final RuleSet rules;
  private final JsonText json;
  private final Function<JsonView, Expression> expressionOf;

  SchemaObjects(RuleSet rules, JsonText json, Function<JsonView, Expression> expressionOf) {
    this.rules = rules;
    this.json = json;
    this.expressionOf = expressionOf;
  }

  private Expression rule(String name, Expression body) {
    return new Expression.Reference(rules.declare(name, body));
  }

  /// A property.
  private record Member(Expression text, boolean required) {}

  Expression object(JsonView schema) {
    Map<String, JsonView> properties = new LinkedHashMap<>();
    SchemaKeywords.find(schema, "properties")
        .ifPresent(
            view -> view.members().keySet().forEach(name -> properties.put(name, view.get(name))));
    Set<String> required = new LinkedHashSet<>();
    SchemaKeywords.find(schema, "required")
        .ifPresent(view -> view.elements().forEach(name -> required.add(name.string())));
    Optional<JsonView> additional = SchemaKeywords.find(schema, "additionalProperties");
    if (properties.isEmpty() && required.isEmpty() && additional.isEmpty()) {
      return json.anyObject();
    }
    Expression other =
        additional.isPresent()
            ? rule("a value", expressionOf.apply(additional.get()))
            : json.anyValue();
    List<Member> members = new ArrayList<>();
    properties.forEach((name, view) ->
        members.add(new Member(member(name, expressionOf.apply(view)), required.contains(name))));
    // A name that must be there and is not described has an additional property's value.
    Set<String> undescribed = new LinkedHashSet<>(required);
    undescribed.removeAll(properties.keySet());
    undescribed.forEach(name -> members.add(new Member(member(name, other), true)));
    Set<String> named = new HashSet<>(properties.keySet());
    named.addAll(undescribed);
    boolean open = additional.isPresent() && !SchemaKeywords.isNothing(additional.get());
    Expression more =
        open
            ? rule("another member", json.member(nameBesides(named, schema), other))
            : Expression.NOTHING;
    return json.object(members(members, more));
  }

  private Expression member(String name, Expression value) {
    return rule(name, json.member(literal(JsonWriter.write(name)), value));
  }

  /// Members in their order, with commas between those that are there. For each there are two rules
  /// of what comes from it on: at the beginning, and behind another member.
  private Expression members(List<Member> members, Expression more) {
    Expression behind = many(json.another(more));
    Expression atStart = optional(sequence(more, behind));
    for (int i = members.size() - 1; i >= 0; i--) {
      Member member = members.get(i);
      Expression begun = sequence(member.text(), behind);
      Expression another = json.another(member.text());
      Expression gone = sequence(member.required() ? another : optional(another), behind);
      atStart = rule("members", member.required() ? begun : choice(begun, atStart));
      behind = rule("more members", gone);
    }
    return atStart;
  }

  /// A string that is none of some: at each character it may leave all of them, and it may end
  /// where none of them does. Names of this kind have no escapes, which would be other ways to
  /// write them.
  private Expression nameBesides(Set<String> names, JsonView schema) {
    Expression plain = new Expression.Characters(JsonText.PLAIN);
    Map<String, Integer> ruleOfPrefix = new LinkedHashMap<>();
    Map<String, Map<Integer, String>> next = new TreeMap<>();
    ruleOfPrefix.put("", rules.declare("a name"));
    for (String name : names) {
      if (name.length() > MAX_NAME) {
        throw SchemaKeywords.refused(
            schema,
            "additionalProperties beside a property whose name has more than %d characters is not enforced"
                .formatted(MAX_NAME));
      }
      for (int at = 0; at < name.length(); ) {
        int c = name.codePointAt(at);
        int end = at + Character.charCount(c);
        String prefix = name.substring(0, end);
        next.computeIfAbsent(name.substring(0, at), _ -> new TreeMap<>()).put(c, prefix);
        ruleOfPrefix.computeIfAbsent(prefix, _ -> rules.declare("a name"));
        at = end;
      }
    }
    ruleOfPrefix.forEach((prefix, rule) -> {
      Map<Integer, String> longer = next.getOrDefault(prefix, Map.of());
      List<Expression> options = new ArrayList<>();
      CodePoints leaving =
          CodePoints.of(longer.keySet().stream().map(c -> new CodePoints.Range(c, c)).toList());
      options.add(
          sequence(new Expression.Characters(leaving.not().and(JsonText.PLAIN)), many(plain)));
      longer.forEach((c, following) ->
          options.add(
              sequence(
                  new Expression.Characters(CodePoints.of(c, c).and(JsonText.PLAIN)),
                  new Expression.Reference(ruleOf(ruleOfPrefix, following)))));
      if (!names.contains(prefix)) {
        options.add(Expression.EMPTY);
      }
      rules.define(rule, new Expression.Choice(options));
    });
    return JsonText.string(new Expression.Reference(ruleOf(ruleOfPrefix, "")));
  }

  private static int ruleOf(Map<String, Integer> ruleOfPrefix, String prefix) {
    return ruleOfPrefix.getOrDefault(prefix, 0);
  }

  Expression array(JsonView schema) {
    int least = SchemaScalars.count(schema, "minItems", 0);
    int most = SchemaScalars.count(schema, "maxItems", Expression.UNLIMITED);
    if (most != Expression.UNLIMITED && most < least) {
      return Expression.NOTHING;
    }
    Optional<JsonView> items = SchemaKeywords.find(schema, "items");
    if (items.isPresent() && items.get().value() instanceof JsonValue.Elements) {
      throw SchemaKeywords.refused(
          items.get(), "a list of schemas for the first elements is called prefixItems");
    }
    List<Expression> first =
        SchemaKeywords.find(schema, "prefixItems")
            .map(JsonView::elements)
            .orElse(List.of())
            .stream()
            .map(view -> rule("an element", expressionOf.apply(view)))
            .toList();
    Expression item =
        items.isPresent() ? rule("an element", expressionOf.apply(items.get())) : json.anyValue();
    if (first.isEmpty()) {
      return items.isEmpty() && least == 0 && most == Expression.UNLIMITED
          ? json.anyArray()
          : json.array(json.list(item, least, most));
    }
    return json.array(
        tuple(first, item, least, items.isEmpty() ? Math.max(least, first.size()) : -1, most));
  }

  /// Elements of which the first have schemas of their own.
  ///
  /// @param limit how many there are at most where nothing is said of the others; -1 for no limit
  private Expression tuple(
      List<Expression> first, Expression item, int least, int limit, int most) {
    int size = first.size();
    int end =
        most == Expression.UNLIMITED || limit < 0 ? Math.max(most, limit) : Math.min(most, limit);
    Expression rest = Expression.EMPTY;
    if (end == Expression.UNLIMITED || end > size) {
      rest =
          new Expression.Repeat(
              json.another(item),
              Math.max(0, least - size),
              end == Expression.UNLIMITED ? end : end - size);
    }
    for (int i = size - 1; i >= 0; i--) {
      if (end != Expression.UNLIMITED && i >= end) {
        continue;
      }
      Expression element = i == 0 ? first.get(i) : json.another(first.get(i));
      Expression from = sequence(element, rest);
      rest = i >= least ? optional(from) : from;
    }
    return rest;
  }
}
