package dev.tern.chat;

import dev.tern.chat.ChatPiece.Mark;
import dev.tern.chat.ChatPiece.Special;
import dev.tern.chat.ChatPiece.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The chat templates of the families Tern knows (formats page, section 5.6). None of them writes
/// tools; [#withTools] joins one with a model's own template, which may.
public final class ChatTemplates {
  private static final String EOT = "<|eot_id|>";

  /// BitNet b1.58 2B4T as it was trained: header and content are tokenized apart, so that an answer
  /// of the model has the same tokens when it comes back as part of the conversation.
  public static final ChatTemplate BITNET =
      new Family(
          "bitnet",
          message ->
              List.of(
                  new Text(capitalized(message.role()) + ": "),
                  new Text(trimmed(message.content())),
                  new Special(EOT)),
          List.of(new Text("Assistant: ")));

  /// BitNet b1.58 2B4T as Hugging Face transformers and llama.cpp tokenize it: header and content
  /// as one text.
  public static final ChatTemplate BITNET_RENDERED =
      new Family(
          "bitnet-rendered",
          message ->
              List.of(
                  new Text(capitalized(message.role()) + ": " + trimmed(message.content())),
                  new Special(EOT)),
          List.of(new Text("Assistant: ")));

  /// Llama 3.
  public static final ChatTemplate LLAMA3 =
      new Family(
          "llama3",
          message ->
              List.of(
                  new Special("<|start_header_id|>"),
                  new Text(message.role().wireName()),
                  new Special("<|end_header_id|>"),
                  new Text("\n\n" + trimmed(message.content())),
                  new Special(EOT)),
          List.of(
              new Special("<|start_header_id|>"),
              new Text("assistant"),
              new Special("<|end_header_id|>"),
              new Text("\n\n")));

  /// Falcon 3 Instruct.
  public static final ChatTemplate FALCON3 =
      new Family(
          "falcon3",
          message ->
              List.of(
                  new Mark("<|%s|>".formatted(message.role().wireName())),
                  new Text("\n" + message.content() + "\n")),
          List.of(new Mark("<|assistant|>"), new Text("\n")));

  /// ChatML: Qwen, Bonsai and many others.
  public static final ChatTemplate CHATML =
      new Family(
          "chatml",
          message ->
              List.of(
                  new Special("<|im_start|>"),
                  new Text(message.role().wireName() + "\n" + message.content()),
                  new Special("<|im_end|>"),
                  new Text("\n")),
          List.of(new Special("<|im_start|>"), new Text("assistant\n")));

  private static final List<ChatTemplate> ALL =
      List.of(BITNET, BITNET_RENDERED, LLAMA3, FALCON3, CHATML);

  private ChatTemplates() {}

  /// {@return all of them}
  public static List<ChatTemplate> all() {
    return ALL;
  }

  /// {@return the template of a name}
  ///
  /// @param name for example `llama3`
  /// @throws IllegalArgumentException if there is none; the message lists them
  public static ChatTemplate byName(String name) {
    return ALL.stream()
        .filter(template -> template.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no chat template '%s'; Tern knows %s"
                    .formatted(
                        name,
                        ALL.stream().map(ChatTemplate::name).collect(Collectors.joining(", ")))));
  }

  /// {@return a family's template that leaves conversations with tools to the model's own}
  ///
  /// @param family does what the model's template does without tools
  /// @param own the model's
  public static ChatTemplate withTools(ChatTemplate family, ChatTemplate own) {
    return new FamilyWithTools(family, own);
  }

  /// Trims as `| trim` does in the models' own templates, which is more than [String#strip()].
  private static String trimmed(String content) {
    int from = 0;
    int to = content.length();
    while (from < to && isPythonSpace(content.charAt(from))) {
      from++;
    }
    while (to > from && isPythonSpace(content.charAt(to - 1))) {
      to--;
    }
    return content.substring(from, to);
  }

  private static boolean isPythonSpace(char c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == '\u0085';
  }

  private static String capitalized(Role role) {
    return Character.toUpperCase(role.wireName().charAt(0)) + role.wireName().substring(1);
  }

  /// A template that treats every message alike.
  private record Family(
      String name, Function<ChatMessage, List<ChatPiece>> message, List<ChatPiece> generationPrompt)
      implements ChatTemplate {
    @Override
    public List<ChatPiece> render(Conversation conversation, boolean addGenerationPrompt) {
      if (conversation.usesTools()) {
        throw new ToolsException("the chat template '%s' does not use tools".formatted(name));
      }
      List<ChatPiece> pieces = new ArrayList<>();
      conversation.messages().forEach(each -> pieces.addAll(message.apply(each)));
      if (addGenerationPrompt) {
        pieces.addAll(generationPrompt);
      }
      return pieces;
    }
  }

  private record FamilyWithTools(ChatTemplate family, ChatTemplate own) implements ChatTemplate {
    @Override
    public String name() {
      return family.name();
    }

    @Override
    public List<ChatPiece> render(Conversation conversation, boolean addGenerationPrompt) {
      ChatTemplate template = conversation.usesTools() ? own : family;
      return template.render(conversation, addGenerationPrompt);
    }

    @Override
    public boolean supportsTools() {
      return own.supportsTools();
    }

    @Override
    public Optional<ToolCallSyntax> toolCallSyntax() {
      return own.toolCallSyntax();
    }
  }
}
