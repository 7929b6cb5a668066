package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.chat.ToolCallSyntax;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import dev.tern.tools.ToolCallGrammar;
import dev.tern.tools.ToolCallParser;
import java.util.Optional;

/// How the texts of a call use tools.
///
/// @param request which tools there are
/// @param syntax how the model writes calls; empty where there are no tools
record ToolUse(ToolRequest request, Optional<ToolCallSyntax> syntax) {
  /// {@return how a model uses tools}
  ///
  /// @param request which tools there are
  /// @param served the model
  /// @throws ApiException if it cannot use any
  static ToolUse of(ToolRequest request, ServedModel served) {
    if (!request.isPresent()) {
      return new ToolUse(request, Optional.empty());
    }
    Optional<ToolCallSyntax> syntax =
        served.model().chatTemplate().flatMap(template -> template.toolCallSyntax());
    if (syntax.isEmpty()) {
      throw ApiException.invalid(
          "tools",
          "unsupported_parameter",
          "the chat template of the model does not use tools, or not in a way that is known here");
    }
    return new ToolUse(request, syntax);
  }

  /// Lets a text be nothing but calls, where one is demanded.
  ///
  /// @param options gets the grammar of calls
  /// @param other says already what the text may be, if anything does
  /// @param grammars remembers grammars
  /// @throws ApiException if both say something, or the tools' parameters cannot be enforced
  void demand(
      GenerationOptions.Builder options,
      Optional<GrammarFields.Constraint> other,
      GrammarFields grammars) {
    if (syntax.isEmpty()) {
      return;
    }
    if (other.isPresent()) {
      throw ApiException.invalid(
          other.get().field(),
          "unsupported_parameter",
          "'%s' cannot be had together with 'tools': a call would not fit it"
              .formatted(other.get().field()));
    }
    if (!request.demanded().isEmpty()) {
      options.grammar(
          grammars.remember(
              "tools",
              "%s %s %s".formatted(syntax.get(), request.parallel(), request.demanded()),
              () -> ToolCallGrammar.of(syntax.get(), request.demanded(), request.parallel())));
    }
  }

  /// Refuses to tell how likely tokens are that may be no words.
  ///
  /// @param fields the request's
  /// @param name the field that asks for it
  /// @throws ApiException if there are tools and it is asked for
  void requireNoLogProbabilities(Fields fields, String name) {
    Optional<Field> wanted = fields.find(name);
    if (request.isPresent() && wanted.isPresent() && !isNothing(wanted.get())) {
      throw wanted.get().unsupported("cannot be had together with 'tools'");
    }
  }

  private static boolean isNothing(Field field) {
    return field.value().isEmpty() && !field.value().booleanValue(false);
  }

  /// {@return what tells calls from words in a text}
  ///
  /// @param callId the call's
  /// @param choice which text
  Speech speech(String callId, int choice) {
    return new Speech(
        syntax.map(each -> new ToolCallParser(each, request.definitions())),
        request.parallel(),
        "call_%s_%d".formatted(callId, choice));
  }
}
