package dev.tern.cli;

import java.io.PrintWriter;
import java.util.List;

/// Prints what is to be said one by one, but not all of it where it is much.
final class Sentences {
  private static final int MOST = 5;

  private Sentences() {}

  /// Prints a line for each of the first sentences.
  ///
  /// @param before what every line begins with
  static void print(String before, List<String> sentences, PrintWriter err) {
    sentences.stream()
        .limit(MOST)
        .forEach(sentence -> err.println(before + Printable.line(sentence)));
    if (sentences.size() > MOST) {
      err.println(before + "and %d more".formatted(sentences.size() - MOST));
    }
  }
}
