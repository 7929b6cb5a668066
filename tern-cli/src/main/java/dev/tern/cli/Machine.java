package dev.tern.cli;

import dev.tern.kernel.CpuTopology;
import java.io.Console;

/// The machine and the terminal.
final class Machine {
  private Machine() {}

  /// {@return for example `AMD EPYC, 2 cores, Linux amd64`}
  static String describe() {
    int cores = CpuTopology.physicalCores();
    return "%s, %d core%s, %s %s"
        .formatted(
            CpuTopology.name(),
            cores,
            cores == 1 ? "" : "s",
            System.getProperty("os.name"),
            System.getProperty("os.arch"));
  }

  /// {@return whether a person sits in front of both input and output}
  @SuppressWarnings("SystemConsoleNull") // It is null in a pipe on the console of java.base.
  static boolean isInteractive() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }
}
