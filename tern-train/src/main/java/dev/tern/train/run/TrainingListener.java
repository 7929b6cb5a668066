package dev.tern.train.run;

import dev.tern.train.engine.EngineProgress;
import dev.tern.train.export.ExportProof;
import java.nio.file.Path;

/// Is told what a run does. All calls come from the thread that runs it.
public interface TrainingListener extends EngineProgress {
  /// A preparation goes on: learning a vocabulary, tokenizing.
  ///
  /// @param what is being done, for people
  /// @param done how much of it
  /// @param total all of it
  void preparing(String what, long done, long total);

  /// A run begins, or goes on.
  ///
  /// @param overview what is trained on what
  void beginning(RunOverview overview);

  /// Weights were changed.
  ///
  /// @param report of the step
  void step(StepReport report);

  /// The model was measured.
  ///
  /// @param report of the measurement
  void evaluated(EvaluationReport report);

  /// The model wrote a text.
  ///
  /// @param report with the text
  void sampled(SampleReport report);

  /// A checkpoint is on the disk.
  ///
  /// @param step steps done
  /// @param folder of the checkpoint
  void checkpoint(long step, Path folder);

  /// The model was written and held against the network.
  ///
  /// @param gguf the file
  /// @param proof of their equality
  void exported(Path gguf, ExportProof proof);

  /// Something a person should know.
  ///
  /// @param message for people
  void notice(String message);
}
