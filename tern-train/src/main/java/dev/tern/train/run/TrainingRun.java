package dev.tern.train.run;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.tern.train.checkpoint.Checkpoints;
import dev.tern.train.checkpoint.Progress;
import dev.tern.train.config.RunSettings;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.data.Batches;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.data.TrainingData;
import dev.tern.train.engine.TrainingEngine;
import dev.tern.train.export.ExportProof;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.CrossEntropy;
import dev.tern.train.network.Distillation;
import dev.tern.train.network.Objective;
import dev.tern.train.network.Parameter;
import dev.tern.train.optimize.Learner;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// A training run.
///
/// A run that is opened again goes on from its newest checkpoint, and does what it would have done
/// without the interruption, bit for bit, on the same machine with the same number of threads.
///
/// Not safe for use by several threads, but for [#stop].
public final class TrainingRun implements AutoCloseable {
  private static final int PROOF_BATCHES = 4;

  private final TrainingConfig config;
  private final TrainingListener listener;
  private final RunFolder folder;
  private final RunTokenizer tokenizer;
  private final TrainingData data;
  private final NDManager manager;
  private final RunLock lock;
  private final CausalLanguageModel model;
  private final Learner learner;
  private final Checkpoints checkpoints;
  private final Batches training;
  private Progress progress;
  private volatile boolean stopping;

  private TrainingRun(
      TrainingConfig config,
      TrainingListener listener,
      RunTokenizer tokenizer,
      TrainingData data,
      Engine engine,
      NDManager manager,
      RunLock lock)
      throws IOException {
    this.config = config;
    this.listener = listener;
    this.folder = new RunFolder(config.output());
    this.tokenizer = tokenizer;
    this.data = data;
    this.manager = manager;
    this.lock = lock;
    RunSettings run = config.run();
    this.model = newModel(manager);
    this.learner =
        new Learner(engine, manager, model, objective(), config.optimizer(), run.steps());
    this.checkpoints = new Checkpoints(folder.checkpoints());
    this.training = data.training(run.sequences(), config.model().context());
    this.progress = Progress.NONE;
  }

  /// Gets a run ready: learns or reads the tokenizer, tokenizes the text, starts the engine, makes
  /// the network or reads its newest checkpoint.
  ///
  /// @param config of the run
  /// @param start what to do if the run has begun before
  /// @param listener is told all that happens
  /// @return the run
  /// @throws dev.tern.train.config.ConfigException if settings contradict files or each other
  /// @throws IOException if a file cannot be read or written, another run is at work in the folder,
  ///   or the run has begun before and `start` does not allow it
  public static TrainingRun open(TrainingConfig config, Start start, TrainingListener listener)
      throws IOException {
    RunLock lock = RunLock.take(new RunFolder(config.output()));
    try {
      return open(config, start, listener, lock);
    } catch (IOException | RuntimeException | Error failed) {
      lock.close();
      throw failed;
    }
  }

  private static TrainingRun open(
      TrainingConfig config, Start start, TrainingListener listener, RunLock lock)
      throws IOException {
    RunFolder folder = new RunFolder(config.output());
    Optional<Path> newest = start.choose(folder, new Checkpoints(folder.checkpoints()));
    RunTokenizer tokenizer = RunTokenizer.prepare(config, start, listener::preparing);
    TrainingData data = RunData.prepare(config, tokenizer, listener);
    NDManager manager = null;
    try {
      Engine engine = TrainingEngine.prepare(config.run().threads(), listener);
      manager =
          NDManager.newBaseManager(
              TrainingEngine.device(engine, config.run().device()), engine.getEngineName());
      TrainingRun run = new TrainingRun(config, listener, tokenizer, data, engine, manager, lock);
      if (newest.isPresent()) {
        run.progress = run.checkpoints.read(newest.get(), run.model, run.learner.optimizer());
      } else if (start == Start.RESTART) {
        // Not before: whoever restarts with a configuration that is refused keeps what there was.
        run.checkpoints.clear();
      }
      return run;
    } catch (IOException | RuntimeException | Error failed) {
      data.close();
      if (manager != null) {
        manager.close();
      }
      throw failed;
    }
  }

  private CausalLanguageModel newModel(NDManager owner) throws IOException {
    int vocabulary = tokenizer.tokenizer().vocabularySize();
    if (config.initial().isPresent()) {
      return CheckpointFolder.model(
          config.initial().get(), "initial", config.model(), vocabulary, owner);
    }
    return CausalLanguageModel.create(
        config.model(), vocabulary, CausalLanguageModel.random(config.run().seed()), owner);
  }

  private Objective objective() throws IOException {
    if (config.distillation().isEmpty()) {
      return new CrossEntropy();
    }
    CausalLanguageModel teacher =
        CheckpointFolder.teacher(config.distillation().get().teacher(), manager);
    return new Distillation(teacher, model, config.distillation().get());
  }

  /// Asks the run to end after the step that it is at. May be called from any thread.
  public void stop() {
    stopping = true;
  }

  /// {@return whether all steps are done}
  public boolean isDone() {
    return progress.step() >= config.run().steps();
  }

  /// {@return how far the run has come}
  public Progress progress() {
    return progress;
  }

  /// {@return the folder of the run}
  public RunFolder folder() {
    return folder;
  }

  /// Trains until all steps are done or somebody asks to stop, and leaves a checkpoint either way.
  /// A run that is done is exported.
  ///
  /// @throws DivergedException if a loss is not a number; the newest checkpoint is from before
  /// @throws IOException if something cannot be written
  public void run() throws IOException {
    listener.beginning(overview());
    while (!stopping && !isDone()) {
      step();
      afterStep();
    }
    if (progress.step() % config.run().checkpointEvery() != 0) {
      checkpoint();
    }
    if (isDone()) {
      export();
    }
  }

  private RunOverview overview() {
    long parameters = model.parameters().stream().mapToLong(p -> p.value().size()).sum();
    return new RunOverview(
        parameters,
        model.vocabularySize(),
        data.trainingCounts(),
        data.validationCounts(),
        tokensPerStep(),
        config.run().steps(),
        progress.step());
  }

  private long tokensPerStep() {
    RunSettings run = config.run();
    return (long) run.sequences() * run.accumulation() * config.model().context();
  }

  private void step() throws IOException {
    long begin = System.nanoTime();
    long step = progress.step();
    int accumulation = config.run().accumulation();
    List<TokenBatch> batches = new ArrayList<>();
    for (int i = 0; i < accumulation; i++) {
      batches.add(training.batch(step * accumulation + i));
    }
    Learner.Outcome outcome = learner.step(step, config.warmUp().lambda(step), batches);
    if (!outcome.isFinite()) {
      throw diverged(step, outcome);
    }
    double seconds = (System.nanoTime() - begin) / 1e9;
    progress =
        new Progress(step + 1, progress.tokens() + tokensPerStep(), progress.seconds() + seconds);
    listener.step(
        new StepReport(
            progress.step(),
            config.run().steps(),
            progress.tokens(),
            (double) progress.tokens() / Math.max(1, training.tokensPerEpoch()),
            outcome.loss(),
            outcome.learningRate(),
            outcome.gradientNorm(),
            tokensPerStep() / seconds));
  }

  private DivergedException diverged(long step, Learner.Outcome outcome) throws IOException {
    String rest =
        checkpoints
            .newest()
            .map(newest ->
                "the newest checkpoint, %s, is from before: resume from it with a smaller optimizer.peak_learning_rate, or with optimizer.clip_norm"
                    .formatted(newest))
            .orElse(
                "there is no checkpoint yet: begin again with a smaller optimizer.peak_learning_rate, or with optimizer.clip_norm");
    return new DivergedException(
        "step %d: the loss is %s and the norm of its gradient %s; nothing of this step was kept, and %s"
            .formatted(step + 1, outcome.loss(), outcome.gradientNorm(), rest));
  }

  private void afterStep() throws IOException {
    RunSettings run = config.run();
    long step = progress.step();
    if (data.hasValidation() && (step % run.evaluateEvery() == 0 || isDone())) {
      listener.evaluated(evaluate(model, run.evaluationBatches()));
    }
    if (step % run.checkpointEvery() == 0) {
      checkpoint();
    }
    if (run.sampleEvery() > 0 && step % run.sampleEvery() == 0) {
      sample();
    }
  }

  private void checkpoint() throws IOException {
    listener.checkpoint(progress.step(), checkpoints.write(model, learner.optimizer(), progress));
  }

  private EvaluationReport evaluate(CausalLanguageModel measured, int mostBatches) {
    return Evaluation.of(
        measured,
        manager,
        data.validation(config.run().sequences(), config.model().context()),
        data.validationCounts(),
        mostBatches,
        progress.step());
  }

  private void sample() {
    try (NDManager scope = manager.newSubManager()) {
      Writer writer = new Writer(config.run(), progress.step(), listener::notice);
      writer.write(copy(scope), tokenizer.folder(), folder.root()).forEach(listener::sampled);
    }
  }

  /// A network with the same weights, which an export may round.
  private CausalLanguageModel copy(NDManager owner) {
    Map<String, float[]> values = new HashMap<>();
    for (Parameter parameter : model.parameters()) {
      values.put(parameter.name(), parameter.value().toFloatArray());
    }
    return CausalLanguageModel.create(
        config.model(),
        model.vocabularySize(),
        entry -> Objects.requireNonNull(values.get(entry.name())),
        owner);
  }

  /// Writes the model as it is now, as a GGUF file and a Hugging Face folder, after it has held the
  /// file against the network.
  ///
  /// @throws IOException if writing fails, or the file is not the network; a model of before is
  ///   left then
  public void export() throws IOException {
    Batches batches =
        data.hasValidation()
            ? data.validation(config.run().sequences(), config.model().context())
            : training;
    List<TokenBatch> texts = new ArrayList<>();
    for (long i = 0; i < Math.min(PROOF_BATCHES, batches.batchesPerEpoch()); i++) {
      texts.add(batches.batch(i));
    }
    try (NDManager scope = manager.newSubManager()) {
      ExportProof proof =
          new RunExport(folder, config.name())
              .write(copy(scope), tokenizer.folder(), texts, ExportProof::of);
      listener.exported(folder.model(config.name()), proof);
    }
  }

  @Override
  public void close() {
    try {
      data.close();
      manager.close();
    } finally {
      lock.close();
    }
  }
}
