package dev.tern.cli;

import dev.tern.kernel.CpuTopology;

/// The machine that computes.
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
}
