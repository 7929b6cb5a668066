package dev.tern.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tern`: the commands, and what they are for.
@Command(
    name = "tern",
    description = "1-bit large language models on the JVM.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    subcommands = {
      RunCommand.class,
      ChatCommand.class,
      ShowCommand.class,
      TokenizeCommand.class,
      BenchCommand.class,
      DoctorCommand.class,
      CompletionCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:success",
      "1:a defect of Tern",
      "2:wrong options, or a prompt that does not fit",
      "3:a file that cannot be read or is damaged",
      "4:a model that Tern does not support",
      "6:a check found something wrong",
      "130:stopped by Ctrl-C"
    })
final class TernCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "A command is missing: for example 'tern run model.gguf \"Hello\"'.");
  }
}
