package dev.tern.server.openai;

import dev.tern.tools.ToolCallParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a model says in one text: words, and calls of tools. For use by one thread.
final class Speech {
  private final Optional<ToolCallParser> parser;
  private final boolean parallel;
  private final String callIds;
  private int calls;

  /// A piece of it.
  sealed interface Part {}

  /// Words.
  ///
  /// @param text not empty
  record Content(String text) implements Part {}

  /// A call of a tool.
  ///
  /// @param index which of the text's calls, from 0
  /// @param id tells it from all others
  /// @param name of the tool
  /// @param arguments the text of a JSON object
  record Call(int index, String id, String name, String arguments) implements Part {}

  /// Begins.
  ///
  /// @param parser tells calls from words; empty where there are no calls
  /// @param parallel whether there may be more than one call; others are left out
  /// @param callIds what the ids of calls begin with
  Speech(Optional<ToolCallParser> parser, boolean parallel, String callIds) {
    this.parser = parser;
    this.parallel = parallel;
    this.callIds = callIds;
  }

  /// {@return what is known now that more has been said}
  ///
  /// @param text the next piece, also empty
  List<Part> append(String text) {
    if (parser.isEmpty()) {
      return text.isEmpty() ? List.of() : List.of(new Content(text));
    }
    return parts(parser.get().append(text));
  }

  /// {@return what was held back when nothing follows any more}
  List<Part> finish() {
    return parser.map(each -> parts(each.finish())).orElse(List.of());
  }

  /// {@return whether a tool was called}
  boolean called() {
    return calls > 0;
  }

  private List<Part> parts(List<ToolCallParser.Part> parsed) {
    List<Part> parts = new ArrayList<>();
    for (ToolCallParser.Part part : parsed) {
      switch (part) {
        case ToolCallParser.Content(String text) -> parts.add(new Content(text));
        case ToolCallParser.Call(String name, String arguments) -> {
          if (parallel || calls == 0) {
            parts.add(new Call(calls, callIds + "_" + calls, name, arguments));
            calls++;
          }
        }
      }
    }
    return parts;
  }
}
