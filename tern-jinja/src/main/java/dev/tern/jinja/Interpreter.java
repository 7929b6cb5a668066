package dev.tern.jinja;

import dev.tern.jinja.Statement.Binding;
import dev.tern.jinja.Statement.Branch;
import dev.tern.jinja.Statement.Data;
import dev.tern.jinja.Statement.FilterBlock;
import dev.tern.jinja.Statement.For;
import dev.tern.jinja.Statement.If;
import dev.tern.jinja.Statement.Jump;
import dev.tern.jinja.Statement.Macro;
import dev.tern.jinja.Statement.NamespaceAttribute;
import dev.tern.jinja.Statement.Output;
import dev.tern.jinja.Statement.Parameter;
import dev.tern.jinja.Statement.Scoped;
import dev.tern.jinja.Statement.Set;
import dev.tern.jinja.Statement.SetBlock;
import dev.tern.jinja.Statement.Target;
import dev.tern.jinja.Statement.Unpacking;
import dev.tern.jinja.Statement.Variable;
import dev.tern.jinja.Statement.With;
import dev.tern.jinja.Value.Function;
import dev.tern.jinja.Value.Namespace;
import dev.tern.jinja.Value.Text;
import dev.tern.jinja.Value.Undefined;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Spliterators;
import java.util.stream.StreamSupport;

/// Executes statements.
///
/// Variables are scoped as in Jinja2: what is set inside of a loop, macro or block is not seen
/// outside, and each iteration begins anew; only a namespace carries values out.
final class Interpreter {
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;
  private int line = 1;

  Interpreter(Budget budget, Clock clock) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget, clock);
  }

  /// {@return the line of the statement that is being executed}
  int line() {
    return line;
  }

  /// {@return what a template writes}
  String render(List<Statement> template, Scope variables) {
    StringBuilder out = new StringBuilder();
    execute(template, new Scope(variables), out);
    return out.toString();
  }

  private Flow execute(List<Statement> body, Scope scope, StringBuilder out) {
    budget.enter();
    Flow flow = Flow.NEXT;
    for (int i = 0; i < body.size() && flow == Flow.NEXT; i++) {
      budget.spend(1);
      flow = execute(body.get(i), scope, out);
    }
    budget.leave();
    return flow;
  }

  private Flow execute(Statement statement, Scope scope, StringBuilder out) {
    switch (statement) {
      case Data(String text) -> write(text, out);
      case Output(int at, Expression expression) -> {
        line = at;
        write(evaluator.text(expression, scope), out);
      }
      case If branches -> {
        return executeIf(branches, scope, out);
      }
      case For loop -> {
        return executeFor(loop, scope, out);
      }
      case Jump(boolean isBreak) -> {
        return isBreak ? Flow.BREAK : Flow.CONTINUE;
      }
      case Set(int at, Target target, Expression value) -> {
        line = at;
        assign(target, evaluator.evaluate(value, scope), scope);
      }
      case SetBlock block -> {
        Scope inner = new Scope(scope);
        StringBuilder text = new StringBuilder();
        Flow flow = execute(block.body(), inner, text);
        if (flow != Flow.NEXT) {
          return flow;
        }
        inner.set(Statement.BODY.name(), new Text(text.toString()));
        line = block.line();
        assign(block.target(), evaluator.evaluate(block.value(), inner), scope);
      }
      case FilterBlock block -> {
        Scope inner = new Scope(scope);
        StringBuilder text = new StringBuilder();
        Flow flow = execute(block.body(), inner, text);
        if (flow != Flow.NEXT) {
          return flow;
        }
        inner.set(Statement.BODY.name(), new Text(text.toString()));
        line = block.line();
        write(evaluator.text(block.value(), inner), out);
      }
      case Macro macro ->
          scope.set(macro.name(), (Function) arguments -> call(macro, arguments, scope));
      case With with -> {
        line = with.line();
        Scope inner = new Scope(scope);
        for (Binding binding : with.bindings()) {
          assign(binding.target(), evaluator.evaluate(binding.value(), scope), inner);
        }
        return execute(with.body(), inner, out);
      }
      case Scoped(List<Statement> body) -> {
        return execute(body, new Scope(scope), out);
      }
    }
    return Flow.NEXT;
  }

  private void write(String text, StringBuilder out) {
    budget.spend(text.length());
    out.append(text);
  }

  private Flow executeIf(If statement, Scope scope, StringBuilder out) {
    for (Branch branch : statement.branches()) {
      line = statement.line();
      if (evaluator.truth(branch.condition(), scope)) {
        return execute(branch.body(), scope, out);
      }
    }
    return execute(statement.otherwise(), scope, out);
  }

  private Flow executeFor(For statement, Scope scope, StringBuilder out) {
    line = statement.line();
    Operators operators = evaluator.operators();
    Loop loop = new Loop(loopValues(statement, scope), operators);
    // As in Jinja2, where an iteration that was cut short does not count.
    boolean complete = false;
    Flow flow = Flow.NEXT;
    while (flow != Flow.BREAK && loop.hasNext()) {
      Scope inner = new Scope(scope);
      inner.set("loop", loop);
      assign(statement.target(), loop.next(), inner);
      flow = execute(statement.body(), inner, out);
      complete |= flow == Flow.NEXT;
      line = statement.line();
    }
    return complete ? Flow.NEXT : execute(statement.otherwise(), new Scope(scope), out);
  }

  /// The condition of a loop is looked at when its turn comes, as what it asks about may change.
  private Iterator<Value> loopValues(For statement, Scope scope) {
    Operators operators = evaluator.operators();
    Iterator<Value> values = operators.iterate(evaluator.evaluate(statement.values(), scope));
    Expression condition = statement.condition();
    if (condition == null) {
      return values;
    }
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(values, 0), false)
        .filter(value -> {
          Scope inner = new Scope(scope);
          assign(statement.target(), value, inner);
          return evaluator.truth(condition, inner);
        })
        .iterator();
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Variable(String name) -> scope.set(name, value);
      case NamespaceAttribute(String variable, String attribute) -> {
        if (!(scope.find(variable) instanceof Namespace namespace)) {
          throw new TemplateException("'%s' is not a namespace".formatted(variable));
        }
        namespace.attributes.put(attribute, value);
      }
      case Unpacking(List<Target> targets) -> {
        List<Value> values = new ArrayList<>();
        Iterator<Value> given = evaluator.operators().iterate(value);
        while (given.hasNext() && values.size() <= targets.size()) {
          values.add(given.next());
        }
        if (values.size() != targets.size()) {
          throw new TemplateException(
              "%d variables cannot take the elements of a %s"
                  .formatted(targets.size(), value.type()));
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }

  private Value call(Macro macro, Arguments arguments, Scope definition) {
    String[] names = macro.parameters().stream().map(Parameter::name).toArray(String[]::new);
    Map<String, Value> bound = arguments.bind(names);
    Scope inner = new Scope(definition);
    bound.forEach(inner::set);
    for (Parameter parameter : macro.parameters()) {
      if (!bound.containsKey(parameter.name())) {
        Expression defaultValue = parameter.defaultValue();
        inner.set(
            parameter.name(),
            defaultValue == null
                ? new Undefined("the parameter '%s' was not given".formatted(parameter.name()))
                : evaluator.evaluate(defaultValue, inner));
      }
    }
    int callLine = line;
    StringBuilder text = new StringBuilder();
    execute(macro.body(), inner, text);
    line = callLine;
    return new Text(text.toString());
  }
}
