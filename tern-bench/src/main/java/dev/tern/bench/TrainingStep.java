package dev.tern.bench;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.OptimizerSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.engine.EngineProgress;
import dev.tern.train.engine.TrainingEngine;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.CrossEntropy;
import dev.tern.train.optimize.Learner;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// One change of a small model's weights, quantized while it is learnt or not, in the same blocks:
/// what the quantizers cost.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 2, time = 4)
@Measurement(iterations = 5, time = 4)
public class TrainingStep {
  private static final int VOCABULARY = 2048;
  private static final int SEQUENCES = 8;
  private static final int LENGTH = 256;

  /// What linear layers compute with.
  @Param({"FULL", "TERNARY", "BINARY"})
  public WeightMethod weights;

  /// Threads that compute; 0 for one for each core.
  @Param("0")
  public int threads;

  private NDManager manager;
  private Learner learner;
  private TokenBatch batch;
  private long step;

  /// Makes the model.
  ///
  /// @throws IOException if the engine cannot be fetched
  @Setup
  public void makeModel() throws IOException {
    Engine engine = TrainingEngine.prepare(threads, EngineProgress.SILENT);
    manager =
        NDManager.newBaseManager(TrainingEngine.device(engine, "cpu"), engine.getEngineName());
    ActivationMethod activations =
        weights == WeightMethod.FULL ? ActivationMethod.FULL : ActivationMethod.INT8;
    ModelSettings settings =
        new ModelSettings(
            BlockStyle.LLAMA, weights, activations, 256, 6, 4, 2, 768, LENGTH, 10_000, 1e-5f, true);
    CausalLanguageModel model =
        CausalLanguageModel.create(settings, VOCABULARY, CausalLanguageModel.random(1), manager);
    OptimizerSettings optimizer = new OptimizerSettings(1e-3, 1e-3, 0, 1, 0.1, 0.9, 0.95, 1e-8, 1);
    learner = new Learner(engine, manager, model, new CrossEntropy(), optimizer, Integer.MAX_VALUE);
    batch = randomBatch();
  }

  private static TokenBatch randomBatch() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
    int tokens = SEQUENCES * LENGTH;
    int[] inputs = random.ints(tokens, 0, VOCABULARY).toArray();
    int[] targets = random.ints(tokens, 0, VOCABULARY).toArray();
    return new TokenBatch(SEQUENCES, LENGTH, inputs, targets, new int[tokens]);
  }

  /// Learns from 2048 tokens.
  ///
  /// @return what was found
  @Benchmark
  public Learner.Outcome step() {
    return learner.step(step++, 1, List.of(batch));
  }

  /// Frees the model.
  @TearDown
  public void free() {
    manager.close();
  }
}
