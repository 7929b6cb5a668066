/// Calls of tools in what a model says: read as they come, and demanded by grammars.
///
/// ```java
/// ToolCallSyntax syntax = model.requireChatTemplate().toolCallSyntax().orElseThrow();
/// Grammar oneCall = ToolCallGrammar.of(syntax, tools, false);
/// ToolCallParser parser = new ToolCallParser(syntax, tools);
/// ```
///
/// May use `dev.tern.chat`, `dev.tern.grammar`, `dev.tern.json` and the exceptions of `dev.tern`.
@NullMarked
package dev.tern.tools;

import org.jspecify.annotations.NullMarked;
