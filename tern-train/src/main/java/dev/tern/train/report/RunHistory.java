package dev.tern.train.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// How a run went, read from its log. Immutable.
public final class RunHistory {
  private final String name;
  private final List<LogEntry> entries;

  private RunHistory(String name, List<LogEntry> entries) {
    this.name = name;
    this.entries = List.copyOf(entries);
  }

  /// {@return the name of the run's folder}
  public String name() {
    return name;
  }

  /// {@return lines of the log, in order}
  List<LogEntry> entries() {
    return entries;
  }

  /// {@return how a run went}
  ///
  /// @param run its folder, or its `log.jsonl`
  /// @throws IOException if there is no log, or nothing in it
  public static RunHistory read(Path run) throws IOException {
    Path log = Files.isDirectory(run) ? run.resolve(RunLog.JSON_LINES) : run;
    if (!Files.isRegularFile(log)) {
      throw new IOException(
          "%s is no folder of a run: there is no %s".formatted(run, RunLog.JSON_LINES));
    }
    List<LogEntry> entries =
        LineFile.wholeLines(log).stream().map(LogEntry::parse).flatMap(Optional::stream).toList();
    if (entries.isEmpty()) {
      throw new IOException("%s: there is no step in this log".formatted(log));
    }
    Path named = log.toAbsolutePath().normalize().getParent();
    Path last = named == null ? null : named.getFileName();
    return new RunHistory(last == null ? log.toString() : last.toString(), entries);
  }
}
