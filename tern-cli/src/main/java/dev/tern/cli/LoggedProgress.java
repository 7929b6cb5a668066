package dev.tern.cli;

import dev.tern.hub.PullEvent;
import dev.tern.train.export.ExportProof;
import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.RunOverview;
import dev.tern.train.run.SampleReport;
import dev.tern.train.run.StepReport;
import dev.tern.train.run.TrainingListener;
import java.nio.file.Path;

/// Tells two listeners, the one that keeps things first.
///
/// @param log keeps
/// @param progress shows
record LoggedProgress(TrainingListener log, TrainingListener progress) implements TrainingListener {
  @Override
  public void fetching(PullEvent event) {
    log.fetching(event);
    progress.fetching(event);
  }

  @Override
  public void unpacking(long done, long size) {
    log.unpacking(done, size);
    progress.unpacking(done, size);
  }

  @Override
  public void preparing(String what, long done, long total) {
    log.preparing(what, done, total);
    progress.preparing(what, done, total);
  }

  @Override
  public void beginning(RunOverview overview) {
    log.beginning(overview);
    progress.beginning(overview);
  }

  @Override
  public void step(StepReport report) {
    log.step(report);
    progress.step(report);
  }

  @Override
  public void evaluated(EvaluationReport report) {
    log.evaluated(report);
    progress.evaluated(report);
  }

  @Override
  public void sampled(SampleReport report) {
    log.sampled(report);
    progress.sampled(report);
  }

  @Override
  public void checkpoint(long step, Path folder) {
    log.checkpoint(step, folder);
    progress.checkpoint(step, folder);
  }

  @Override
  public void exported(Path gguf, ExportProof proof) {
    log.exported(gguf, proof);
    progress.exported(gguf, proof);
  }

  @Override
  public void notice(String message) {
    log.notice(message);
    progress.notice(message);
  }
}
