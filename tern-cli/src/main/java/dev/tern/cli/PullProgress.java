package dev.tern.cli;

import dev.tern.hub.PullEvent;
import dev.tern.hub.PullListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;

/// Shows on standard error how a pull goes on: a bar with bytes, rate and time left where a person
/// looks, now and then a line where nobody does. Safe for use by many threads.
final class PullProgress implements PullListener, AutoCloseable {
  private static final int BAR = 20;
  private static final int LONGEST_NAME = 24;
  private static final long RATE_WINDOW_NANOS = 5_000_000_000L;
  private static final long LINE_INTERVAL_NANOS = 15_000_000_000L;
  private static final long SHOWN_WAIT_MILLIS = 500;

  private final PrintWriter err;
  private final StatusLine status;
  private final boolean live;
  private final boolean quiet;
  private final Deque<Sample> samples = new ArrayDeque<>();
  private long lastLine;
  private long started;

  private record Sample(long nanos, long bytes) {}

  PullProgress(StandardStreams streams, boolean quiet) {
    this.err = streams.err();
    this.status = new StatusLine(streams);
    this.live = streams.showsStatus();
    this.quiet = quiet;
  }

  @Override
  public synchronized void on(PullEvent event) {
    if (quiet) {
      return;
    }
    long now = System.nanoTime();
    switch (event) {
      case PullEvent.Chosen chosen -> chosen(chosen);
      case PullEvent.Present _ -> {}
      case PullEvent.Waiting(String file) ->
          line("another process is fetching %s; waiting for it".formatted(file));
      case PullEvent.Started(String file, long present, long size) -> {
        started = now;
        lastLine = now;
        samples.clear();
        samples.add(new Sample(now, present));
        line(
            "fetching %s, %s%s"
                .formatted(
                    file,
                    ByteCount.format(size),
                    present == 0
                        ? ""
                        : ", of which %s are here already".formatted(ByteCount.format(present))));
      }
      case PullEvent.Progress(String file, long present, long size) ->
          progress(now, file, present, size);
      case PullEvent.Retrying(String why, Duration pause) -> {
        if (pause.toMillis() >= SHOWN_WAIT_MILLIS) {
          line("%s; trying again in %.0f s".formatted(why, Math.ceil(pause.toMillis() / 1000.0)));
        }
      }
      case PullEvent.StartingAnew(String file, String why) ->
          line("starting %s anew: %s".formatted(file, why));
      case PullEvent.Verifying(String file, long checked, long size) ->
          status.show("%s %s  checking".formatted(name(file), bar(checked, size)));
      case PullEvent.Finished(String file, long size) ->
          line(
              "%s: %s in %s, checksum right"
                  .formatted(file, ByteCount.format(size), seconds((now - started) / 1e9)));
    }
  }

  private void chosen(PullEvent.Chosen chosen) {
    List<String> others = chosen.others();
    if (!others.isEmpty()) {
      line(
          "note: taking %s of %s; name another with a colon behind the repository: %s"
              .formatted(
                  chosen.files().getFirst(), chosen.repository(), String.join(", ", others)));
    }
  }

  private void progress(long now, String file, long present, long size) {
    samples.add(new Sample(now, present));
    while (samples.size() > 2 && now - samples.getFirst().nanos() > RATE_WINDOW_NANOS) {
      samples.removeFirst();
    }
    Sample first = samples.getFirst();
    double rate = (present - first.bytes()) / Math.max(1e-9, (now - first.nanos()) / 1e9);
    String numbers =
        "%s of %s, %s/s, %s left"
            .formatted(
                ByteCount.format(present),
                ByteCount.format(size),
                ByteCount.format((long) rate),
                rate < 1 ? "unknown time" : seconds((size - present) / rate));
    if (live) {
      status.show("%s %s  %s".formatted(name(file), bar(present, size), numbers));
    } else if (now - lastLine >= LINE_INTERVAL_NANOS) {
      lastLine = now;
      line("%s: %s".formatted(file, numbers));
    }
  }

  private static String bar(long done, long size) {
    int filled = size == 0 ? BAR : (int) (BAR * done / size);
    return "[%s%s] %3d %%"
        .formatted(
            "#".repeat(filled), "-".repeat(BAR - filled), size == 0 ? 100 : 100 * done / size);
  }

  /// The end of a name says more than its beginning.
  private static String name(String file) {
    String printable = Printable.line(file);
    return printable.length() <= LONGEST_NAME
        ? printable
        : "..." + printable.substring(printable.length() - LONGEST_NAME + 3);
  }

  private static String seconds(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60
        ? whole + " s"
        : whole < 3600
            ? "%d:%02d min".formatted(whole / 60, whole % 60)
            : String.format(Locale.ROOT, "%d:%02d h", whole / 3600, whole % 3600 / 60);
  }

  private void line(String text) {
    status.clear();
    err.println(Printable.line(text));
  }

  @Override
  public synchronized void close() {
    status.clear();
  }
}
