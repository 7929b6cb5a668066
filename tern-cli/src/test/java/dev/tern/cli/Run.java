package dev.tern.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// A command that was run, and what came of it.
///
/// @param exitCode what it returned
/// @param out what it wrote to standard output
/// @param err what it wrote to standard error
record Run(int exitCode, String out, String err) {
  /// Runs a command with nothing on standard input.
  static Run of(Object... args) {
    return withInput("", args);
  }

  /// Runs a command with a text on standard input.
  static Run withInput(String input, Object... args) {
    return withInput(input.getBytes(StandardCharsets.UTF_8), args);
  }

  /// {@return streams of a command}
  ///
  /// @param person whether somebody sits in front of them
  /// @param environment what the command finds in its environment
  static StandardStreams streams(
      InputStream in,
      OutputStream out,
      OutputStream err,
      boolean person,
      Map<String, String> environment) {
    return new StandardStreams(in, out, err, () -> person, () -> person, environment);
  }

  /// Runs a command with bytes on standard input.
  static Run withInput(byte[] input, Object... args) {
    return with(input, Map.of(), args);
  }

  /// Runs a command with something in its environment.
  static Run withEnvironment(Map<String, String> environment, Object... args) {
    return with(new byte[0], environment, args);
  }

  private static Run with(byte[] input, Map<String, String> environment, Object... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StandardStreams streams =
        streams(new ByteArrayInputStream(input), out, err, false, environment);
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    int exitCode = Main.run(words, streams);
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /// Joins arguments that always stand and those of one test.
  static Object[] concat(Object[] first, Object... more) {
    return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray();
  }

  List<String> outLines() {
    return out.lines().toList();
  }

  List<String> errLines() {
    return err.lines().toList();
  }
}
