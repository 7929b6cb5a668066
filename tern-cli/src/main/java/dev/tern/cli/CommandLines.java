package dev.tern.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.TypeConversionException;

/// Builds command lines from the commands there are.
final class CommandLines {
  private static final Map<String, Function<StandardStreams, Object>> COMMANDS = commands();

  private CommandLines() {}

  private static Map<String, Function<StandardStreams, Object>> commands() {
    Map<String, Function<StandardStreams, Object>> commands = new LinkedHashMap<>();
    commands.put("run", RunCommand::new);
    commands.put("chat", ChatCommand::new);
    commands.put("serve", ServeCommand::new);
    commands.put("batch", BatchCommand::new);
    commands.put("pull", PullCommand::new);
    commands.put("ls", ListCommand::new);
    commands.put("rm", RemoveCommand::new);
    commands.put("verify", VerifyCommand::new);
    commands.put("show", ShowCommand::new);
    commands.put("convert", ConvertCommand::new);
    commands.put("quantize", QuantizeCommand::new);
    commands.put("tokenize", TokenizeCommand::new);
    commands.put("bench", BenchCommand::new);
    commands.put("perplexity", PerplexityCommand::new);
    commands.put("embed", EmbedCommand::new);
    commands.put("diff", DiffCommand::new);
    commands.put("train", TrainCommand::of);
    commands.put("doctor", DoctorCommand::new);
    commands.put("completion", CompletionCommand::new);
    commands.put("help", _ -> new HelpCommand());
    return commands;
  }

  /// {@return the command line with all commands}
  static CommandLine complete(StandardStreams streams) {
    CommandLine root = new CommandLine(new TernCommand());
    COMMANDS.forEach((name, command) -> root.addSubcommand(name, command.apply(streams)));
    return configure(root, streams);
  }

  /// {@return a command line that can execute `args`: where they name a command, that one alone,
  /// because looking at the options of all of them takes longer than everything else about
  /// starting}
  static CommandLine forArguments(String[] args, StandardStreams streams) {
    String name = args.length == 0 ? "" : args[0];
    Function<StandardStreams, Object> command = COMMANDS.get(name);
    if (command == null || name.equals("help")) {
      return complete(streams);
    }
    CommandLine root = new CommandLine(new TernCommand());
    root.addSubcommand(name, command.apply(streams));
    return configure(root, streams);
  }

  private static CommandLine configure(CommandLine root, StandardStreams streams) {
    return root.setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        // A prompt may begin with @, and -ngl is not -n with the value "gl".
        .setExpandAtFiles(false)
        .setPosixClusteredShortOptionsAllowed(false)
        .registerConverter(int.class, CommandLines::toInt)
        .registerConverter(long.class, CommandLines::toLong)
        .registerConverter(float.class, CommandLines::toFloat)
        .setOut(streams.out())
        .setErr(streams.err())
        .setParameterExceptionHandler(Failures::reportUsage)
        .setExecutionExceptionHandler((failure, _, _) -> Failures.report(failure, streams.err()));
  }

  private static int toInt(String text) {
    return (int) wholeNumber(text, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  private static long toLong(String text) {
    return wholeNumber(text, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  private static long wholeNumber(String text, long least, long most) {
    try {
      long value = Long.parseLong(text);
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException _) {
      // Reported below, like a number out of range.
    }
    throw new TypeConversionException(
        "'%s' is not a whole number from %d to %d".formatted(text, least, most));
  }

  private static float toFloat(String text) {
    try {
      return Float.parseFloat(text);
    } catch (NumberFormatException notANumber) {
      throw new TypeConversionException("'%s' is not a number".formatted(text));
    }
  }
}
