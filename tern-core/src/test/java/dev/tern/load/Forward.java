package dev.tern.load;

import dev.tern.ActivationPrecision;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.kernel.Backend;
import dev.tern.kernel.ComputeThreads;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.KernelProvider;
import dev.tern.kernel.Kernels;
import dev.tern.kernel.WeightPreparation;
import dev.tern.model.KvCache;
import dev.tern.model.Logits;
import dev.tern.model.ModelConfig;
import dev.tern.model.Norm;
import dev.tern.model.Transformer;
import dev.tern.model.Weights;
import dev.tern.model.Workspace;
import dev.tern.source.ModelSource;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A model for tests that are about numbers alone: tokens in, logits out, no tokenizer.
final class Forward implements AutoCloseable {
  private final ModelSource file;
  private final Arena arena = Arena.ofShared();
  private final Backend backend;
  private final Transformer transformer;
  private final KvCacheType cacheType;

  /// What a test may choose; the defaults are exact and fast.
  record Setup(
      Kernels kernels,
      int threads,
      KvCacheType cacheType,
      ActivationPrecision activations,
      float outputNormEps) {
    static final Setup DEFAULT =
        new Setup(
            KernelProvider.select(KernelChoice.VECTOR).kernels(),
            2,
            KvCacheType.F32,
            ActivationPrecision.MODEL,
            Float.NaN);

    Setup withKernels(Kernels value) {
      return new Setup(value, threads, cacheType, activations, outputNormEps);
    }

    Setup withThreads(int value) {
      return new Setup(kernels, value, cacheType, activations, outputNormEps);
    }

    Setup withCacheType(KvCacheType value) {
      return new Setup(kernels, threads, value, activations, outputNormEps);
    }

    Setup withActivations(ActivationPrecision value) {
      return new Setup(kernels, threads, cacheType, value, outputNormEps);
    }

    /// Another epsilon in the last norm than in the blocks, which no file can say.
    Setup withOutputNormEps(float value) {
      return new Setup(kernels, threads, cacheType, activations, value);
    }
  }

  Forward(Path path) throws IOException {
    this(path, Setup.DEFAULT);
  }

  Forward(Path path, Setup setup) throws IOException {
    cacheType = setup.cacheType;
    file = ModelSource.open(path);
    backend = new Backend(setup.kernels, new ComputeThreads(setup.threads));
    GgufConfig reader = new GgufConfig(file);
    ModelConfig config = reader.read();
    TensorSource tensors = new TensorSource(file, arena, I2sLayout.X86_128);
    tensors.make(backend.threads());
    LinearLayers linear =
        new LinearLayers(
            tensors,
            new WeightPreparation(arena, backend),
            arena,
            setup.activations,
            config.style().bitLinear(),
            reader.inputNormEps());
    GgufWeights weights = new GgufWeights(config, tensors, linear, arena);
    Weights read = withOutputNormEps(weights.read(), setup.outputNormEps);
    float[] frequencies = weights.inverseFrequencies(reader.ropeScalingFactor());
    weights.refuseUnusedTensors();
    transformer = new Transformer(config, read, frequencies, backend);
  }

  private static Weights withOutputNormEps(Weights weights, float eps) {
    return Float.isNaN(eps)
        ? weights
        : new Weights(
            weights.embedding(),
            weights.layers(),
            new Norm(weights.outputNorm().weight(), eps),
            weights.head());
  }

  ModelConfig config() {
    return transformer.config();
  }

  /// Logits after each token of a text, computed in passes of `batch` tokens.
  float[][] logits(int[] tokens, int batch) {
    Run run = new Run(tokens.length, batch);
    float[][] logits = new float[tokens.length][];
    for (int from = 0; from < tokens.length; from += batch) {
      int count = Math.min(batch, tokens.length - from);
      int[] own = Arrays.copyOfRange(tokens, from, from + count);
      FloatMatrix computed = run.pass(own, Logits.ALL);
      for (int t = 0; t < count; t++) {
        logits[from + t] = row(computed, t);
      }
    }
    return logits;
  }

  /// Logits after each token of a text, computed in one pass.
  float[][] logits(int[] tokens) {
    return logits(tokens, tokens.length);
  }

  /// The likeliest continuation, token by token.
  List<Integer> greedy(int[] prompt, int count) {
    Run run = new Run(prompt.length + count, prompt.length);
    float[] logits = row(run.pass(prompt, Logits.LAST), 0);
    List<Integer> generated = new ArrayList<>();
    while (true) {
      generated.add(argmax(logits));
      if (generated.size() == count) {
        return generated;
      }
      logits = row(run.pass(new int[] {generated.getLast()}, Logits.LAST), 0);
    }
  }

  static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }

  /// How far two rows are apart, relative to the length of the second.
  static double distance(float[] actual, float[] expected) {
    double difference = 0;
    double length = 0;
    for (int i = 0; i < expected.length; i++) {
      difference += Math.pow((double) actual[i] - expected[i], 2);
      length += Math.pow(expected[i], 2);
    }
    return Math.sqrt(difference / length);
  }

  private float[] row(FloatMatrix matrix, int row) {
    float[] values = new float[config().vocabularySize()];
    matrix.copyRow(row, values);
    return values;
  }

  private final class Run {
    private final KvCache cache;
    private final Workspace workspace;

    Run(int positions, int batch) {
      cache = new KvCache(arena, config(), positions, cacheType, cacheType);
      workspace = transformer.workspace(arena, batch);
    }

    FloatMatrix pass(int[] tokens, Logits wanted) {
      return transformer.forward(tokens, tokens.length, cache, workspace, wanted);
    }
  }

  @Override
  public void close() {
    backend.close();
    arena.close();
    file.close();
  }
}
