package dev.tern.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;

/// `tern completion`: a script that teaches bash and zsh the commands and options.
@Command(
    name = "completion",
    description = {
      "Print a completion script for bash and zsh.",
      "To use it: source <(tern completion)"
    },
    mixinStandardHelpOptions = true)
final class CompletionCommand implements Runnable {
  private final StandardStreams streams;

  CompletionCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public void run() {
    streams.out().println(AutoComplete.bash("tern", CommandLines.complete(streams)));
  }
}
