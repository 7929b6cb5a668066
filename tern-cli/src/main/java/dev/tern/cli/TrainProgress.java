package dev.tern.cli;

import dev.tern.hub.PullEvent;
import dev.tern.train.export.ExportProof;
import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.RunOverview;
import dev.tern.train.run.SampleReport;
import dev.tern.train.run.StepReport;
import dev.tern.train.run.TrainingListener;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/// Shows on standard error how a training goes on: a bar with loss, learning rate, speed and time
/// left where a person looks, now and then a line where nobody does; and lines for what should
/// stay. Safe for use by many threads.
final class TrainProgress implements TrainingListener, AutoCloseable {
  private static final int BAR = 20;
  private static final int LONGEST_SAMPLE = 200;
  private static final int RECENT_STEPS = 20;
  private static final long LINE_INTERVAL_NANOS = 15_000_000_000L;

  private final PrintWriter err;
  private final StatusLine status;
  private final PullProgress pull;
  private final boolean live;
  private final boolean quiet;
  private final Deque<Recent> recent = new ArrayDeque<>();
  private long lastLine = System.nanoTime();

  /// A step that was done lately.
  ///
  /// @param nanos when it was done
  /// @param loss of it
  /// @param tokens that were learnt from by then
  private record Recent(long nanos, double loss, long tokens) {}

  TrainProgress(StandardStreams streams, boolean quiet) {
    this.err = streams.err();
    this.status = new StatusLine(streams);
    this.pull = new PullProgress(streams, quiet);
    this.live = streams.showsStatus();
    this.quiet = quiet;
  }

  @Override
  public void fetching(PullEvent event) {
    pull.on(event);
  }

  @Override
  public synchronized void unpacking(long done, long size) {
    show("%s unpacking PyTorch".formatted(bar(done, size)));
  }

  @Override
  public synchronized void preparing(String what, long done, long total) {
    show("%s %s".formatted(bar(done, total), Printable.line(what)));
  }

  @Override
  public synchronized void beginning(RunOverview overview) {
    double passes =
        (double) overview.tokensPerStep()
            * overview.steps()
            / Math.max(1, overview.training().tokens());
    line(
        String.format(
            Locale.ROOT,
            "%s parameters, %,d tokens in the vocabulary; %s of text, %s in a step, %.1f passes in %,d steps",
            TrainPreview.count(overview.parameters()),
            overview.vocabularySize(),
            TrainPreview.count(overview.training().tokens()) + " tokens",
            TrainPreview.count(overview.tokensPerStep()),
            passes,
            overview.steps()));
    if (overview.validation().documents() == 0) {
      line("note: there is no validation text; only the loss of what is learnt is shown");
    }
    if (overview.firstStep() > 0) {
      line("going on after step %d".formatted(overview.firstStep()));
    }
    long before = overview.firstStep() * overview.tokensPerStep();
    recent.add(new Recent(System.nanoTime(), Double.NaN, before));
  }

  @Override
  public synchronized void step(StepReport report) {
    long now = System.nanoTime();
    recent.add(new Recent(now, report.loss(), report.tokens()));
    while (recent.size() > RECENT_STEPS + 1) {
      recent.removeFirst();
    }
    if (quiet) {
      return;
    }
    if (live) {
      status.show(bar(report.step(), report.steps()) + "  " + numbers(report, now));
    } else if (now - lastLine >= LINE_INTERVAL_NANOS || report.step() == report.steps()) {
      line(numbers(report, now));
    }
  }

  private String numbers(StepReport report, long now) {
    double loss =
        recent.stream().mapToDouble(Recent::loss).filter(Double::isFinite).average().orElse(0);
    Recent first = recent.getFirst();
    double seconds = Math.max(1e-9, (now - first.nanos()) / 1e9);
    double secondsPerStep = seconds / Math.max(1, recent.size() - 1);
    return String.format(
        Locale.ROOT,
        "step %d of %d  loss %.3f  rate %.2e  %s tok/s  %s left",
        report.step(),
        report.steps(),
        loss,
        report.learningRate(),
        TrainPreview.count(Math.round((report.tokens() - first.tokens()) / seconds)),
        duration(secondsPerStep * (report.steps() - report.step())));
  }

  @Override
  public synchronized void evaluated(EvaluationReport report) {
    line(
        String.format(
            Locale.ROOT,
            "step %d: validation loss %.4f, perplexity %.2f, %.4f bits per byte",
            report.step(),
            report.loss(),
            report.perplexity(),
            report.bitsPerByte()));
  }

  @Override
  public synchronized void sampled(SampleReport report) {
    String text = Printable.line(report.prompt() + report.text());
    line(
        "step %d writes: %s"
            .formatted(
                report.step(),
                text.length() <= LONGEST_SAMPLE
                    ? text
                    : text.substring(0, LONGEST_SAMPLE) + "..."));
  }

  @Override
  public void checkpoint(long step, Path folder) {}

  @Override
  public synchronized void exported(Path gguf, ExportProof proof) {
    line(
        String.format(
            Locale.ROOT,
            "%s: %s; of %d predictions the served model and the trained one agree on %d%s",
            gguf.getFileName(),
            proof.sameWeights()
                ? "all %,d quantized weights are the trained ones".formatted(proof.weights())
                : "NOT the trained weights: %d codes and %d scales differ"
                    .formatted(proof.differentCodes(), proof.differentScales()),
            proof.predictions(),
            proof.sameTop(),
            apart(proof)));
  }

  /// How near to each other the likeliest tokens are where the two choose different ones: the order
  /// of additions differs, and where an int8 rounding is nearly a tie, that decides.
  private static String apart(ExportProof proof) {
    return proof.closeCalls().stream().mapToDouble(ExportProof.CloseCall::margin).max().stream()
        .mapToObj(margin ->
            String.format(Locale.ROOT, "; elsewhere their logits are at most %.4f apart", margin))
        .findFirst()
        .orElse("");
  }

  @Override
  public synchronized void notice(String message) {
    line("note: " + message);
  }

  /// Shows a sentence that stays.
  synchronized void line(String text) {
    if (!quiet) {
      status.clear();
      err.println(Printable.line(text));
      lastLine = System.nanoTime();
    }
  }

  private void show(String text) {
    if (!quiet) {
      status.show(text);
    }
  }

  static String bar(long done, long size) {
    long part = size <= 0 ? BAR : Math.clamp(BAR * done / size, 0, BAR);
    return "[%s%s] %3d %%"
        .formatted(
            "#".repeat((int) part),
            "-".repeat(BAR - (int) part),
            size <= 0 ? 100 : Math.clamp(100 * done / size, 0, 100));
  }

  private static String duration(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60
        ? whole + " s"
        : whole < 3600
            ? "%d:%02d min".formatted(whole / 60, whole % 60)
            : "%d:%02d h".formatted(whole / 3600, whole % 3600 / 60);
  }

  @Override
  public synchronized void close() {
    status.clear();
    pull.close();
  }
}
