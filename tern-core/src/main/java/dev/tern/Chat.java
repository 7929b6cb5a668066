package dev.tern;

import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatTemplate;
import dev.tern.chat.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A conversation with a model, which remembers what was said.
///
/// ```java
/// try (Chat chat = model.newChat()) {
///   chat.system("Be brief.");
///   chat.send("Why is the sky blue?", GenerationOptions.defaults(), token -> System.out.print(token.text()));
/// }
/// ```
///
/// Not safe for use by several threads, except [#close()] and [Generation#cancel()].
public final class Chat implements AutoCloseable {
  private final TernModel model;
  private final Session session;
  private final ChatTemplate template;
  private final List<ChatMessage> messages = new ArrayList<>();

  Chat(TernModel model, Session session) {
    this.model = model;
    this.session = session;
    this.template = model.requireChatTemplate();
  }

  /// Sets or, with an empty text, takes away the instructions for the whole conversation.
  ///
  /// @param instructions any text
  public void system(String instructions) {
    messages.removeIf(message -> message.role() == Role.SYSTEM);
    if (!instructions.isEmpty()) {
      messages.addFirst(ChatMessage.system(instructions));
    }
  }

  /// {@return what was said so far}
  public List<ChatMessage> messages() {
    return List.copyOf(messages);
  }

  /// Says something and starts the answer, which computes nothing before its first token is asked
  /// for.
  ///
  /// The message and the answer become part of the conversation when the answer ends, also when it
  /// is cancelled.
  ///
  /// @param message what to say
  /// @param options how to answer
  /// @return the answer in the making
  /// @throws IllegalStateException if the conversation or its model has been closed
  public Generation send(String message, GenerationOptions options) {
    ChatMessage said = ChatMessage.user(message);
    List<ChatMessage> all = new ArrayList<>(messages);
    all.add(said);
    int[] prompt = ChatEncoder.encode(template, all, true, model.tokenizer());
    return session.start(
        prompt,
        options,
        result -> {
          messages.add(said);
          messages.add(ChatMessage.assistant(result.text()));
        });
  }

  /// Says something and hands out the answer's tokens as they come.
  ///
  /// @param message what to say
  /// @param options how to answer
  /// @param onToken called for each token, on this thread
  /// @return the whole answer
  /// @throws ContextLengthException if the conversation does not fit any more; it is left as it was
  public GenerationResult send(String message, GenerationOptions options, Consumer<Token> onToken) {
    Generation answer = send(message, options);
    answer.forEachRemaining(onToken);
    return answer.result();
  }

  /// Takes back the last message and its answer.
  ///
  /// @return what had been said, if anything
  public Optional<String> undo() {
    int size = messages.size();
    if (size < 2 || messages.getLast().role() != Role.ASSISTANT) {
      return Optional.empty();
    }
    messages.removeLast();
    return Optional.of(messages.removeLast().content());
  }

  /// Forgets everything but the instructions.
  public void clear() {
    messages.removeIf(message -> message.role() != Role.SYSTEM);
  }

  /// {@return the session underneath, for its numbers}
  public Session session() {
    return session;
  }

  /// Frees the conversation's memory.
  @Override
  public void close() {
    session.close();
  }
}
