package dev.tern.cli;

import dev.tern.eval.Perplexity;
import java.util.Locale;

/// The running estimate of a perplexity: a bar where a person sits in front of it, else a line now
/// and then.
final class PerplexityProgress {
  private static final int BAR_WIDTH = 24;

  /// Lines that a log gets in all.
  private static final int LINES = 10;

  private final StandardStreams streams;
  private final boolean quiet;
  private final StatusLine status;
  private final long begin = System.nanoTime();

  PerplexityProgress(StandardStreams streams, boolean quiet) {
    this.streams = streams;
    this.quiet = quiet;
    this.status = new StatusLine(streams);
  }

  /// Tells what is known after a chunk.
  void report(Perplexity soFar) {
    if (quiet) {
      return;
    }
    boolean done = soFar.chunks() == soFar.plannedChunks();
    if (streams.isInteractive()) {
      if (done) {
        status.clear();
      } else {
        status.show(bar(soFar.chunks(), soFar.plannedChunks()) + " " + line(soFar));
      }
    } else if (!done && tenth(soFar.chunks(), soFar) > tenth(soFar.chunks() - 1, soFar)) {
      streams.err().println(line(soFar));
    }
  }

  /// {@return the seconds since the measurement began}
  double seconds() {
    return (System.nanoTime() - begin) / 1e9;
  }

  private static long tenth(int chunks, Perplexity soFar) {
    return (long) LINES * chunks / soFar.plannedChunks();
  }

  private static String bar(int done, int all) {
    int filled = (int) ((long) BAR_WIDTH * done / all);
    return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "]";
  }

  private String line(Perplexity soFar) {
    double left = seconds() / soFar.chunks() * (soFar.plannedChunks() - soFar.chunks());
    return String.format(
        Locale.ROOT,
        "%d of %d chunks: perplexity %.4f +/- %.4f, %.0f s left",
        soFar.chunks(),
        soFar.plannedChunks(),
        soFar.value(),
        soFar.standardError(),
        left);
  }
}
