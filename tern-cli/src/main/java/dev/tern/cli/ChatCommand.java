package dev.tern.cli;

import dev.tern.Chat;
import dev.tern.ContextLengthException;
import dev.tern.Generation;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.UnsupportedModelException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern chat`: a conversation with a model.
@Command(
    name = "chat",
    description = {
      "Talk with a model. Ctrl-C stops an answer, Ctrl-D ends the conversation, /help lists commands.",
      "Reads a message a line when input is piped."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class ChatCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = ModelArgument.DESCRIPTION)
  private @Nullable String modelParameter;

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = ModelArgument.DESCRIPTION)
  private @Nullable String modelOption;

  @Option(
      names = {"-sys", "--system-prompt"},
      paramLabel = "TEXT",
      description = "Instructions for the whole conversation.")
  private String systemPrompt = "";

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes and no closing line.")
  private boolean quiet;

  @Mixin private SamplingFlags sampling;
  @Mixin private GrammarFlags grammar;
  @Mixin private SessionFlags sessionFlags;
  @Mixin private ModelOptions modelOptions;
  @Mixin private TextOptions textOptions;

  ChatCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    GenerationOptions options = grammar.addTo(sampling.toGenerationOptions());
    SessionOptions sessionOptions = sessionFlags.toSessionOptions();
    LoadOptions loadOptions = textOptions.addTo(modelOptions.toLoadOptions());
    boolean terminal = streams.isInteractive();
    Path path = ModelArgument.locate(model(), streams, quiet);
    try (TernModel model = ModelOptions.load(path, loadOptions, streams.err(), quiet);
        Chat chat = newChat(model, sessionOptions);
        MessageSource messages =
            terminal
                ? new TerminalMessages(ChatCommands.names())
                : new PipedMessages(streams.in(), streams.out())) {
      chat.system(systemPrompt);
      Conversation conversation = new Conversation(chat, options, messages);
      if (terminal && !quiet) {
        messages
            .out()
            .println(
                "Talking with %s. /help lists commands."
                    .formatted(Printable.line(model.info().name())));
      }
      Optional<GenerationResult> last = conversation.run();
      if (!quiet && last.isPresent()) {
        streams.err().println(RunSummary.line(model, last.get(), options));
      }
    }
    return ExitCode.OK;
  }

  private static Chat newChat(TernModel model, SessionOptions options) {
    if (model.chatTemplate().isEmpty()) {
      throw new UnsupportedModelException(
          "the model has no chat template that Tern knows: choose one with --chat-template, or use 'tern run'");
    }
    return model.newChat(options);
  }

  private String model() {
    if ((modelParameter == null) == (modelOption == null)) {
      throw new ParameterException(
          spec.commandLine(),
          modelParameter == null
              ? "the model is missing, for example: tern chat model.gguf"
              : "the model is given twice");
    }
    return modelParameter == null ? Objects.requireNonNull(modelOption) : modelParameter;
  }

  /// Messages in, answers out.
  private static final class Conversation {
    private final Chat chat;
    private final GenerationOptions options;
    private final MessageSource messages;
    private final PrintWriter out;
    private Optional<GenerationResult> last = Optional.empty();

    Conversation(Chat chat, GenerationOptions options, MessageSource messages) {
      this.chat = chat;
      this.options = options;
      this.messages = messages;
      this.out = messages.out();
    }

    Optional<GenerationResult> run() throws IOException {
      ChatCommands commands = new ChatCommands(chat, out, () -> last);
      while (true) {
        Optional<String> message = messages.next();
        if (message.isEmpty()) {
          return last;
        }
        if (message.get().isEmpty()) {
          continue;
        }
        switch (commands.handle(message.get())) {
          case ChatCommands.Outcome.Say(String text) -> answer(text);
          case ChatCommands.Outcome.Done _ -> out.flush();
          case ChatCommands.Outcome.Leave _ -> {
            return last;
          }
        }
      }
    }

    private void answer(String message) {
      Generation answer = chat.send(message, options);
      try (MessageSource.Handle _ = messages.onInterrupt(answer::cancel)) {
        while (answer.hasNext()) {
          out.print(answer.next().text());
          out.flush();
        }
        GenerationResult result = answer.result();
        last = Optional.of(result);
        if (result.stopReason() == StopReason.CONTEXT_FULL) {
          out.print("\n(The context is full. /clear starts over.)");
        }
      } catch (ContextLengthException full) {
        out.print(full.getMessage() + ". /clear starts over, /undo takes back the last message.");
      }
      out.println();
      out.flush();
    }
  }
}
