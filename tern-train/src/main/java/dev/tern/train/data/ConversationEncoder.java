package dev.tern.train.data;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.TernException;
import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatPiece;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.Role;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Turns conversations into tokens of which it is known who says them.
///
/// What stands before the first answer is exactly the prompt that a server makes of those messages.
/// An answer is tokenized apart from what stands before it, as it is there, and reaches to its
/// end-of-turn token; what a template writes behind that is not learnt. As a part of what stands
/// before the next answer it keeps the tokens with which it was learnt, where a server that
/// tokenizes header and answer as one text may get others. Messages after the last answer are left
/// out: nothing follows from them.
final class ConversationEncoder {
  private final Tokenizer tokenizer;
  private final ChatTemplate template;

  ConversationEncoder(Tokenizer tokenizer, ChatTemplate template) {
    this.tokenizer = tokenizer;
    this.template = template;
  }

  /// The tokens, without those at the edges of a document; the last run is the end of the last
  /// answer, learnt.
  List<EncodedPart.Run> encode(Part.Conversation conversation) throws DataException {
    List<ChatMessage> messages = conversation.messages();
    List<EncodedPart.Run> runs = new ArrayList<>();
    List<ChatPiece> before = List.of();
    try {
      for (int i = 0; i < messages.size(); i++) {
        if (messages.get(i).role() == Role.ASSISTANT) {
          List<ChatPiece> prompt = template.render(messages.subList(0, i), true);
          List<ChatPiece> whole = template.render(messages.subList(0, i + 1), false);
          int[] asked = tokens(rest(prompt, before, conversation));
          int[] answer = tokens(rest(whole, prompt, conversation));
          if (!runs.isEmpty()) {
            addTail(runs);
          }
          runs.add(new EncodedPart.Run(asked, false));
          runs.add(new EncodedPart.Run(answer, true));
          before = whole;
        }
      }
    } catch (TernException refused) {
      throw new DataException(
          "%s: %s".formatted(conversation.place(), refused.getMessage()), refused);
    }
    cut(runs);
    return runs;
  }

  /// Splits the last answer behind its end of turn: what follows is the template's.
  private void addTail(List<EncodedPart.Run> runs) {
    int[] ids = runs.getLast().ids();
    int end = end(ids);
    if (end < ids.length) {
      runs.set(runs.size() - 1, new EncodedPart.Run(Arrays.copyOf(ids, end), true));
      runs.add(new EncodedPart.Run(Arrays.copyOfRange(ids, end, ids.length), false));
    }
  }

  private void cut(List<EncodedPart.Run> runs) {
    int[] ids = runs.getLast().ids();
    runs.set(runs.size() - 1, new EncodedPart.Run(Arrays.copyOf(ids, end(ids)), true));
  }

  /// Where an answer ends: behind its first end-of-turn token, else where it stops.
  private int end(int[] ids) {
    for (int i = 0; i < ids.length; i++) {
      if (tokenizer.isEndOfGeneration(ids[i])) {
        return i + 1;
      }
    }
    return ids.length;
  }

  /// Whether an answer tells its reader that it ends.
  boolean endsTurns(int[] answer) {
    return answer.length > 0 && tokenizer.isEndOfGeneration(answer[answer.length - 1]);
  }

  private int[] tokens(List<ChatPiece> pieces) {
    int[] ids =
        ChatEncoder.encode(new Rendered(template.name(), pieces), List.of(), false, tokenizer);
    OptionalInt bos = tokenizer.addsBos() ? tokenizer.bosId() : OptionalInt.empty();
    return bos.isPresent() ? Arrays.copyOfRange(ids, 1, ids.length) : ids;
  }

  /// What a rendering says beyond another that it begins with.
  private List<ChatPiece> rest(
      List<ChatPiece> whole, List<ChatPiece> beginning, Part.Conversation conversation)
      throws DataException {
    int same = 0;
    while (same < beginning.size()
        && same < whole.size()
        && whole.get(same).equals(beginning.get(same))) {
      same++;
    }
    List<ChatPiece> rest = new ArrayList<>(whole.subList(same, whole.size()));
    if (same == beginning.size()) {
      return rest;
    }
    if (same < beginning.size() - 1 || rest.isEmpty()) {
      throw notABeginning(conversation);
    }
    rest.set(0, remainder(rest.getFirst(), beginning.getLast(), conversation));
    return rest;
  }

  private ChatPiece remainder(ChatPiece whole, ChatPiece begun, Part.Conversation conversation)
      throws DataException {
    if (whole instanceof ChatPiece.Text(String all)
        && begun instanceof ChatPiece.Text(String start)
        && all.startsWith(start)) {
      return new ChatPiece.Text(all.substring(start.length()));
    }
    if (whole instanceof ChatPiece.Markup(String all)
        && begun instanceof ChatPiece.Markup(String start)
        && all.startsWith(start)) {
      return new ChatPiece.Markup(all.substring(start.length()));
    }
    throw notABeginning(conversation);
  }

  private DataException notABeginning(Part.Conversation conversation) {
    return new DataException(
        "%s: the chat template '%s' writes an earlier part of this conversation otherwise when more follows, so what the assistant says cannot be told from the rest; use one of the known templates, or cut the conversation after each answer"
            .formatted(conversation.place(), template.name()));
  }

  /// What a conversation says, unambiguously.
  static byte[] content(Part.Conversation conversation) {
    StringBuilder content = new StringBuilder();
    for (ChatMessage message : conversation.messages()) {
      content
          .append(message.role().wireName())
          .append(' ')
          .append(message.content().length())
          .append(' ')
          .append(message.content());
    }
    return content.toString().getBytes(UTF_8);
  }

  static long answerBytes(Part.Conversation conversation) {
    long bytes = 0;
    for (ChatMessage message : conversation.messages()) {
      if (message.role() == Role.ASSISTANT) {
        bytes += message.content().getBytes(UTF_8).length;
      }
    }
    return bytes;
  }

  /// Pieces that are there already.
  private record Rendered(String name, List<ChatPiece> pieces) implements ChatTemplate {
    @Override
    public List<ChatPiece> render(
        dev.tern.chat.Conversation conversation, boolean addGenerationPrompt) {
      return pieces;
    }
  }
}
