/// Renders the chat templates that model files carry, which are written for Python's Jinja2.
///
/// ```
/// template ─► Lexer ─► TemplateParser, ExpressionParser ─► Interpreter ─► Evaluator ─► text
/// ```
///
/// A template decides what a model reads, so a rendering that differs silently from the one the
/// model was trained on is worse than none. This room therefore has a small interpreter of its own
/// for the part of Jinja2 that chat templates use, held against Jinja2 itself in its tests, and
/// refuses the rest by name. HubSpot's Jinjava, the Java library for this language, follows other
/// rules without saying so: expressions are evaluated twice, `"false"` and `""` are not the strings
/// they are, whitespace control, `namespace`, slices and undefined names behave differently; and
/// its scanner and tree alone, without its expressions, still end `{{ {'a': {'b': 1}} }}` at the
/// first `}}`, keep the blanks that `{#- -#}` takes, take those that `{%+` keeps, and lose the ones
/// before a statement inside of a line.
///
/// Templates come from strangers: [dev.tern.jinja.Budget] bounds time, memory and recursion, and
/// [dev.tern.jinja.Value] is all that a template can reach. May use `dev.tern.chat` and the
/// exceptions of `dev.tern`; no files, no network, no reflection.
@NullMarked
package dev.tern.jinja;

import org.jspecify.annotations.NullMarked;
