package dev.tern.cli;

import dev.tern.ContextLengthException;
import dev.tern.Generation;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.LoadOptions;
import dev.tern.Session;
import dev.tern.SessionOptions;
import dev.tern.TernModel;
import dev.tern.chat.ChatEncoder;
import dev.tern.chat.ChatMessage;
import dev.tern.chat.ChatTemplate;
import dev.tern.tokenizer.EncodeOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern run`: goes on from a prompt.
@Command(
    name = "run",
    description = {
      "Generate text from a prompt, which is read from standard input where none is given.",
      "Without a model, the one that comes with Tern tells a story.",
      "One line on standard error then says what ran and how fast."
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class RunCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "0..2",
      paramLabel = "MODEL [PROMPT]",
      hideParamSyntax = true,
      description =
          "The model, a file or a name, and the text to go on from; with -m, or for the model that comes with Tern, the text alone.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = {"-m", "--model"},
      paramLabel = "MODEL",
      description = ModelArgument.DESCRIPTION)
  private @Nullable String modelOption;

  @Option(
      names = {"-p", "--prompt"},
      paramLabel = "TEXT",
      description = "The text to go on from.")
  private @Nullable String promptOption;

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A file with the text to go on from; a line break at its end is left out.")
  private @Nullable Path promptFile;

  @Option(
      names = {"-cnv", "--chat"},
      description =
          "Treat the prompt as a message to the model and generate its answer; --chat-template implies it.")
  private boolean chat;

  @Option(
      names = {"-sys", "--system-prompt"},
      paramLabel = "TEXT",
      description = "Instructions that go before the message; implies --chat.")
  private @Nullable String systemPrompt;

  @Option(
      names = "--no-display-prompt",
      description = "Print only what is generated, not the prompt before it.")
  private boolean hidePrompt;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print no notes and no closing line.")
  private boolean quiet;

  @Mixin private SamplingFlags sampling;
  @Mixin private GrammarFlags grammar;
  @Mixin private SessionFlags sessionFlags;
  @Mixin private ModelOptions modelOptions;
  @Mixin private TextOptions textOptions;

  RunCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    GenerationOptions options = grammar.addTo(sampling.toGenerationOptions());
    SessionOptions sessionOptions = sessionFlags.toSessionOptions();
    LoadOptions loadOptions = textOptions.addTo(modelOptions.toLoadOptions());
    String model = takeModel();
    Path path = ModelArgument.locate(model, streams, quiet);
    ModelOptions.requireFile(path);
    String prompt = takePrompt();
    if (prompt.isEmpty() && model.equals(BuiltInModel.NAME)) {
      prompt = BuiltInModel.PROMPT;
    }
    try (Interruption interruption = new Interruption();
        TernModel loaded = ModelOptions.load(path, loadOptions, streams.err(), quiet);
        Session session = loaded.newSession(sessionOptions)) {
      boolean asChat = chat || systemPrompt != null || textOptions.namesChatTemplate();
      int[] tokens = asChat ? encodeChat(loaded, prompt) : encodeText(loaded, prompt);
      if (tokens.length > session.contextLength()) {
        throw new ContextLengthException(tokens.length, session.contextLength());
      }
      Generation generation = session.start(tokens, options);
      GenerationResult result =
          generate(generation, interruption, asChat || hidePrompt ? "" : prompt);
      if (!quiet) {
        streams.err().println(RunSummary.line(loaded, result, options));
      }
      return ExitCode.OK;
    }
  }

  private String takeModel() {
    if (modelOption != null) {
      return modelOption;
    }
    boolean onlyText = arguments.size() == 1 && ModelArgument.looksLikeText(arguments.getFirst());
    if (!arguments.isEmpty() && !onlyText) {
      return arguments.removeFirst();
    }
    if (!quiet) {
      streams
          .err()
          .println(
              "note: no model is named, so this is %s, a small one that comes with Tern; 'tern pull --list' shows others"
                  .formatted(BuiltInModel.NAME));
    }
    return BuiltInModel.NAME;
  }

  private String takePrompt() throws IOException {
    List<String> given = new ArrayList<>(arguments);
    if (promptOption != null) {
      given.add(promptOption);
    }
    if (given.size() + (promptFile == null ? 0 : 1) > 1) {
      throw new ParameterException(
          spec.commandLine(),
          "the prompt is given more than once; put quotes around a prompt of several words");
    }
    if (!given.isEmpty()) {
      return given.getFirst();
    }
    if (promptFile != null) {
      return TextInput.withoutFinalLineBreak(TextInput.read(promptFile));
    }
    return streams.isInteractive()
        ? ""
        : TextInput.withoutFinalLineBreak(TextInput.read(streams.in()));
  }

  private int[] encodeText(TernModel model, String prompt) {
    int[] tokens = model.tokenizer().encode(prompt, EncodeOptions.PROMPT);
    if (tokens.length == 0) {
      throw new ParameterException(
          spec.commandLine(),
          "the prompt is empty, and this model has no token that begins a text: give a prompt");
    }
    return tokens;
  }

  private int[] encodeChat(TernModel model, String prompt) {
    ChatTemplate template = model.requireChatTemplate();
    List<ChatMessage> messages = new ArrayList<>();
    if (systemPrompt != null) {
      messages.add(ChatMessage.system(systemPrompt));
    }
    messages.add(ChatMessage.user(prompt));
    return ChatEncoder.encode(template, messages, true, model.tokenizer());
  }

  private GenerationResult generate(
      Generation generation, Interruption interruption, String shownPrompt) {
    PrintWriter out = streams.out();
    interruption.guard(generation);
    out.print(shownPrompt);
    out.flush();
    while (generation.hasNext()) {
      out.print(generation.next().text());
      out.flush();
      if (out.checkError()) {
        generation.cancel();
      }
    }
    out.println();
    out.flush();
    return generation.result();
  }
}
