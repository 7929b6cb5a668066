package dev.tern.chat;

import dev.tern.UnsupportedModelException;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// Turns a conversation into the tokens of a prompt.
public final class ChatEncoder {
  private ChatEncoder() {}

  /// {@return the tokens of a conversation, with the beginning-of-text token where the tokenizer
  /// adds one}
  ///
  /// @param template the model's
  /// @param messages in order
  /// @param addGenerationPrompt whether to end with what makes the model answer
  /// @param tokenizer the model's
  /// @throws UnsupportedModelException if the template needs a special token that the vocabulary
  ///   does not have
  public static int[] encode(
      ChatTemplate template,
      List<ChatMessage> messages,
      boolean addGenerationPrompt,
      Tokenizer tokenizer) {
    return encode(template, Conversation.of(messages), addGenerationPrompt, tokenizer);
  }

  /// {@return the tokens of a conversation that may have tools, with the beginning-of-text token
  /// where the tokenizer adds one}
  ///
  /// @param template the model's
  /// @param conversation messages and tools
  /// @param addGenerationPrompt whether to end with what makes the model answer
  /// @param tokenizer the model's
  /// @throws UnsupportedModelException if the template needs a special token that the vocabulary
  ///   does not have
  /// @throws ToolsException if it has tools, calls or answers of tools, which the template does not
  ///   write
  public static int[] encode(
      ChatTemplate template,
      Conversation conversation,
      boolean addGenerationPrompt,
      Tokenizer tokenizer) {
    IntStream.Builder ids = IntStream.builder();
    OptionalInt bos = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    bos.ifPresent(ids);
    boolean first = true;
    List<ChatPiece> pieces = template.render(conversation, addGenerationPrompt);
    for (ChatPiece piece : withoutMarks(pieces, tokenizer)) {
      int[] own = encode(template, piece, tokenizer);
      // A Jinja template may write the beginning-of-text token itself.
      boolean repeatsBos = first && own.length > 0 && bos.isPresent() && own[0] == bos.getAsInt();
      IntStream.of(own).skip(repeatsBos ? 1 : 0).forEach(ids);
      first = false;
    }
    return ids.build().toArray();
  }

  /// A mark is a special token where the vocabulary has it. Elsewhere it is text like the text
  /// around it and is tokenized together with that, as the model saw it in training.
  private static List<ChatPiece> withoutMarks(List<ChatPiece> pieces, Tokenizer tokenizer) {
    List<ChatPiece> resolved = new ArrayList<>();
    boolean afterMark = false;
    for (ChatPiece piece : pieces) {
      boolean isMark = false;
      ChatPiece next = piece;
      if (piece instanceof ChatPiece.Mark(String text)) {
        isMark = tokenizer.specialId(text).isEmpty();
        next = isMark ? new ChatPiece.Text(text) : new ChatPiece.Special(text);
      }
      if ((isMark || afterMark)
          && next instanceof ChatPiece.Text(String text)
          && !resolved.isEmpty()
          && resolved.getLast() instanceof ChatPiece.Text(String before)) {
        next = new ChatPiece.Text(before + text);
        resolved.removeLast();
      }
      resolved.add(next);
      afterMark = isMark;
    }
    return resolved;
  }

  private static int[] encode(ChatTemplate template, ChatPiece piece, Tokenizer tokenizer) {
    return switch (piece) {
      case ChatPiece.Text(String text) -> tokenizer.encode(text, EncodeOptions.TEXT);
      case ChatPiece.Markup(String text) -> tokenizer.encode(text, new EncodeOptions(false, true));
      case ChatPiece.Mark(String text) -> throw new IllegalStateException(text + " is resolved");
      case ChatPiece.Special(String token) ->
          new int[] {
            tokenizer
                .specialId(token)
                .orElseThrow(() ->
                    new UnsupportedModelException(
                        "the chat template '%s' needs the token %s, which the model's vocabulary does not have; choose another template"
                            .formatted(template.name(), token)))
          };
    };
  }
}
