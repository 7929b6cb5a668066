package dev.tern.tools;

import dev.tern.chat.ToolCallSyntax;
import dev.tern.chat.ToolDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Tells calls of tools from what a model says besides, while it speaks.
///
/// Text goes through as soon as it cannot be part of a call any more. What looks like a call but is
/// not valid JSON or names another tool is text as well. The white space around calls is dropped,
/// and nothing else. How the text was cut into pieces makes no difference.
///
/// Not safe for use by several threads.
public final class ToolCallParser {
  private static final String OPEN = "<tool_call>";
  private static final String CLOSE = "</tool_call>";

  /// Llama 3.1's, which is a special token without text in its own vocabulary.
  private static final String PYTHON_TAG = "<|python_tag|>";

  private static final Block NONE = new Block(-1, List.of());
  private static final Block INCOMPLETE = new Block(-2, List.of());

  private final ToolCallSyntax syntax;
  private final CalledTools tools;
  private final StringBuilder held = new StringBuilder();

  /// Whether the model has said something.
  private boolean speaks;

  /// Whether the last thing that came was a call.
  private boolean behindCall;

  /// A part of what a model says.
  public sealed interface Part {}

  /// Text for the person.
  ///
  /// @param text not empty
  public record Content(String text) implements Part {}

  /// A call of a tool.
  ///
  /// @param name of one of the tools
  /// @param arguments the text of a JSON object
  public record Call(String name, String arguments) implements Part {}

  /// What was found at a place, and how much is held behind it.
  private record Block(int behind, List<Call> calls) {
    /// Where it ends.
    int rest(int length) {
      return length - behind;
    }
  }

  /// Begins an answer.
  ///
  /// @param syntax how the model writes calls
  /// @param tools those that it may call
  public ToolCallParser(ToolCallSyntax syntax, List<ToolDefinition> tools) {
    this.syntax = syntax;
    this.tools =
        new CalledTools(tools.stream().map(ToolDefinition::name).collect(Collectors.toSet()));
  }

  /// {@return what is known now that this text has come}
  ///
  /// @param text the next piece of the answer, also empty
  public List<Part> append(String text) {
    held.append(text);
    return take(false);
  }

  /// {@return what was held back when nothing follows any more}
  public List<Part> finish() {
    return take(true);
  }

  private List<Part> take(boolean last) {
    List<Part> parts = new ArrayList<>();
    for (int at = 0; at < held.length(); at++) {
      Block block = blockAt(at, last);
      if (block.equals(NONE)) {
        continue;
      }
      say(contentEnd(at), parts);
      if (block.equals(INCOMPLETE)) {
        return parts;
      }
      held.delete(0, block.rest(held.length()));
      parts.addAll(block.calls());
      behindCall = true;
      at = -1;
    }
    boolean onlyEnds = behindCall && held.toString().isBlank();
    say(last && !onlyEnds ? held.length() : contentEnd(held.length()), parts);
    return parts;
  }

  /// Hands out the beginning of what is held.
  private void say(int end, List<Part> parts) {
    if (end == 0) {
      return;
    }
    String text = held.substring(0, end);
    held.delete(0, end);
    parts.add(new Content(text));
    speaks |= !text.isBlank();
    behindCall &= text.isBlank();
  }

  /// Where the content before a place ends that does not stand between it and a call.
  private int contentEnd(int at) {
    if (isBetweenCalls(at)) {
      return 0;
    }
    int end = at;
    while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  /// Llama separates calls by semicolons.
  private boolean isBetweenCalls(int at) {
    return held.chars()
        .limit(at)
        .allMatch(c ->
            Character.isWhitespace(c)
                || (c == ';' && behindCall && syntax == ToolCallSyntax.LLAMA3));
  }

  private Block blockAt(int at, boolean last) {
    String open = syntax == ToolCallSyntax.LLAMA3 ? PYTHON_TAG : OPEN;
    if (held.charAt(at) == open.charAt(0)) {
      boolean opens = startsWith(open, at);
      if (opens || (!last && begins(open, at))) {
        return opens ? callsAt(skipSpace(at + open.length()), last) : INCOMPLETE;
      }
    }
    boolean isBare = syntax == ToolCallSyntax.LLAMA3 && held.charAt(at) == '{';
    return isBare && !speaks && isBetweenCalls(at) ? callsAt(at, last) : NONE;
  }

  private Block callsAt(int from, boolean last) {
    if (from == held.length()) {
      return last ? NONE : INCOMPLETE;
    }
    int end = JsonExtent.end(held, from);
    if (end == JsonExtent.UNFINISHED) {
      return last ? NONE : INCOMPLETE;
    }
    List<Call> calls = end < 0 ? List.of() : tools.read(held.substring(from, end));
    if (calls.isEmpty()) {
      return NONE;
    }
    return syntax == ToolCallSyntax.LLAMA3 ? behind(end, calls) : closed(end, calls, last);
  }

  /// Models forget the last mark at the end of an answer.
  private Block closed(int from, List<Call> calls, boolean last) {
    int at = skipSpace(from);
    if (startsWith(CLOSE, at)) {
      return behind(at + CLOSE.length(), calls);
    }
    if (at < held.length() && (last || !begins(CLOSE, at))) {
      return NONE;
    }
    return last ? behind(at, calls) : INCOMPLETE;
  }

  private Block behind(int end, List<Call> calls) {
    return new Block(held.length() - end, calls);
  }

  private int skipSpace(int from) {
    int at = from;
    while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
      at++;
    }
    return at;
  }

  private boolean startsWith(String mark, int at) {
    return held.length() - at >= mark.length()
        && mark.contentEquals(held.subSequence(at, at + mark.length()));
  }

  /// Whether what is held ends in the beginning of a mark, or where it may begin.
  private boolean begins(String mark, int at) {
    return mark.length() > held.length() - at && mark.startsWith(held.substring(at));
  }
}
