package dev.tern.cli;

import dev.tern.Chat;
import dev.tern.GenerationResult;
import dev.tern.Usage;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.Role;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// What a line that begins with a slash does in a conversation.
final class ChatCommands {
  private static final List<String> NAMES =
      List.of("/help", "/system", "/clear", "/undo", "/retry", "/history", "/stats", "/exit");

  private static final String HELP =
      """
      /system TEXT   set the instructions for the conversation; without a text, show them
      /clear         forget what was said
      /undo          take back the last message and its answer
      /retry         let the model answer the last message again
      /history       show what was said
      /stats         show the speed of the last answer and how full the context is
      /exit          leave (or Ctrl-D)

      A message of several lines stands between lines of three quotes (\"""), or its lines end in a backslash.
      A message that begins with a slash begins with two: //like this.\
      """;

  private final Chat chat;
  private final PrintWriter out;
  private final Supplier<Optional<GenerationResult>> last;

  /// What to do after a line.
  sealed interface Outcome {
    /// Send a message to the model.
    record Say(String text) implements Outcome {}

    /// Nothing more: the command did its work.
    record Done() implements Outcome {}

    /// End the conversation.
    record Leave() implements Outcome {}
  }

  ChatCommands(Chat chat, PrintWriter out, Supplier<Optional<GenerationResult>> last) {
    this.chat = chat;
    this.out = out;
    this.last = last;
  }

  static List<String> names() {
    return NAMES;
  }

  Outcome handle(String line) {
    if (!line.startsWith("/")) {
      return new Outcome.Say(line);
    }
    if (line.startsWith("//")) {
      return new Outcome.Say(line.substring(1));
    }
    int space = line.indexOf(' ');
    String name = space < 0 ? line : line.substring(0, space);
    String argument = space < 0 ? "" : line.substring(space + 1).strip();
    return switch (name) {
      case "/exit", "/quit", "/bye" -> new Outcome.Leave();
      case "/retry" -> retry();
      case "/help", "/?" -> done(HELP);
      case "/system" -> system(argument);
      case "/clear" -> {
        chat.clear();
        yield done("Forgotten.");
      }
      case "/undo" ->
          done(
              chat.undo()
                  .map(said -> "Took back: " + said)
                  .orElse("There is nothing to take back."));
      case "/history" -> history();
      case "/stats" -> done(last.get().map(this::stats).orElse("Nothing was answered yet."));
      default -> done("There is no command " + name + "; /help lists them.");
    };
  }

  private Outcome done(String text) {
    out.println(text);
    return new Outcome.Done();
  }

  private Outcome retry() {
    return chat.undo()
        .<Outcome>map(Outcome.Say::new)
        .orElseGet(() -> done("There is nothing to answer."));
  }

  private Outcome system(String instructions) {
    if (!instructions.isEmpty()) {
      chat.system(instructions);
      return done("Set; it holds from the next message on.");
    }
    return done(
        chat.messages().stream()
            .filter(message -> message.role() == Role.SYSTEM)
            .map(ChatMessage::content)
            .findFirst()
            .orElse("There are no instructions."));
  }

  private Outcome history() {
    chat.messages()
        .forEach(message -> out.println(message.role().wireName() + ": " + message.content()));
    return new Outcome.Done();
  }

  private String stats(GenerationResult result) {
    Usage usage = result.usage();
    return String.format(
        Locale.ROOT,
        "prompt %d tokens (%d remembered), %.1f tok/s; answer %d tokens, %.1f tok/s; context %d of %d tokens; KV cache %s",
        usage.promptTokens(),
        usage.cachedTokens(),
        usage.promptTokensPerSecond(),
        usage.generatedTokens(),
        usage.generatedTokensPerSecond(),
        chat.session().length(),
        chat.session().contextLength(),
        ByteCount.format(chat.session().cacheBytes()));
  }
}
