package dev.tern.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Runs shell scripts.
final class Shell {
  private Shell() {}

  /// Runs a script of bash with arguments `$1`, `$2`...
  static Run run(String script, Path... args) throws IOException, InterruptedException {
    return run("bash", script, Map.of(), args);
  }

  /// Runs a script with arguments, and with nothing in the environment but what is given.
  static Run run(String shell, String script, Map<String, String> environment, Path... args)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(shell, "-c", script, shell));
    Arrays.stream(args).map(Path::toString).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, err);
  }
}
