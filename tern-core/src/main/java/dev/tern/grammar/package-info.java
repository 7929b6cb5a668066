/// What a text may look like, and which tokens may come next so that it stays so: constrained
/// decoding.
///
/// [dev.tern.grammar.Grammar] is read from llama.cpp's GBNF or from a JSON schema. Both become
/// rules over code points (`Expression`, `RuleSet`), these a program over bytes (`Program`), and
/// that a pushdown automaton whose states are made as they are reached (`Automaton`).
/// [dev.tern.grammar.TokenMasks] walks it together with a trie of a vocabulary;
/// [dev.tern.grammar.TokenConstraint] follows one text.
///
/// ```java
/// Grammar grammar = Grammar.gbnf("root ::= \"yes\" | \"no\"");
/// boolean fits = grammar.matches("yes");
/// ```
///
/// Grammars are not trusted: their size, nesting and ambiguity have limits that are counted, not
/// timed, and end in a [dev.tern.grammar.GrammarException]. Knows nothing of models and sampling.
/// May use `dev.tern.json`, the interface of `dev.tern.tokenizer` and the exceptions of `dev.tern`.
@NullMarked
package dev.tern.grammar;

import org.jspecify.annotations.NullMarked;
