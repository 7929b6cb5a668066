package dev.tern.cli;

import dev.tern.Generation;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.Session;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.cli.BenchTest.Kind;
import dev.tern.kernel.ComputeThreads;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.ReadBandwidth;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A model that is loaded and ready to be measured.
final class BenchSession implements AutoCloseable {
  private static final int WARM_UP_TOKENS = 16;

  /// Warm-up runs of a test: this many, unless they take long; more, if they take no time.
  private static final int WARM_UPS = 2;

  private static final long LEAST_WARM_UP_NANOS = 200_000_000;
  private static final long MOST_WARM_UP_NANOS = 5_000_000_000L;

  private final BenchConfiguration configuration;
  private final TernModel model;
  private final Session session;
  private final ComputeThreads threads;
  private final Interruption interruption;
  private final BatchSpeed batchSpeed;
  private final Random random = new Random(1);
  private final String headEncoding;
  private final double loadSeconds;
  private final double firstTokenSeconds;
  private final long cacheBytesPerPosition;
  private int runs;

  private BenchSession(
      BenchConfiguration configuration,
      TernModel model,
      Session session,
      String headEncoding,
      double loadSeconds,
      Interruption interruption) {
    this.configuration = configuration;
    this.model = model;
    this.session = session;
    this.threads = new ComputeThreads(model.info().threads());
    this.interruption = interruption;
    this.batchSpeed = new BatchSpeed(model, configuration.session(), interruption);
    this.headEncoding = headEncoding;
    this.loadSeconds = loadSeconds;
    long begin = System.nanoTime();
    run(new int[] {token()}, 1);
    this.firstTokenSeconds = secondsSince(begin);
    // The cache has one block now.
    this.cacheBytesPerPosition = session.cacheBytes() / KvBlocks.POSITIONS;
  }

  /// Loads a configuration and generates its first token.
  static BenchSession load(
      BenchConfiguration configuration,
      ModelImages images,
      Interruption interruption,
      PrintWriter err)
      throws IOException {
    images.prepare(configuration.model());
    long begin = System.nanoTime();
    ModelSource file = images.open(configuration.model());
    String headEncoding = headEncoding(file);
    TernModel model = TernModel.load(file, configuration.loading());
    try {
      double loadSeconds = secondsSince(begin);
      ModelOptions.printNotices(model, err);
      Session session = model.newSession(configuration.session());
      return new BenchSession(
          configuration, model, session, headEncoding, loadSeconds, interruption);
    } catch (Throwable failure) {
      model.close();
      throw failure;
    }
  }

  private static String headEncoding(ModelSource file) {
    return Stream.of("output.weight", "token_embd.weight")
        .map(file.tensors()::get)
        .filter(Objects::nonNull)
        .findFirst()
        .map(SourceTensor::typeName)
        .orElse("?");
  }

  private static double secondsSince(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  /// Refuses tests that the context has no room for, see [BenchTest#requireRoom].
  void requireRoom(List<BenchTest> tests) {
    BenchTest.requireRoom(tests, session.contextLength());
  }

  /// Runs a test until everything it needs is compiled and in memory.
  void warmUp(BenchTest test) {
    int room = session.contextLength() - 1;
    while (!model.isWarm() && !interruption.requested()) {
      run(text(Math.min(WARM_UP_TOKENS, room)), 1);
    }
    long begin = System.nanoTime();
    long elapsed = 0;
    for (int i = 0;
        elapsed < LEAST_WARM_UP_NANOS || (i < WARM_UPS && elapsed < MOST_WARM_UP_NANOS);
        i++) {
      if (speed(test).isEmpty()) {
        return;
      }
      elapsed = System.nanoTime() - begin;
    }
  }

  /// {@return tokens per second of one run of a test; empty if the process is ending}
  OptionalDouble speed(BenchTest test) {
    if (test.parallel() > 0) {
      List<int[]> prompts = IntStream.range(0, test.parallel()).mapToObj(_ -> text(test)).toList();
      return batchSpeed.tokensPerSecond(prompts, test.tokens() + 1, cacheBytesPerPosition);
    }
    int generated = test.kind() == Kind.PROMPT ? 0 : test.tokens() + 1;
    return run(text(test), generated)
        .map(GenerationResult::usage)
        .map(usage -> test.kind() == Kind.PROMPT ? usage.promptNanos() : usage.generationNanos())
        .map(nanos -> OptionalDouble.of(test.tokens() * 1e9 / Math.max(1, nanos)))
        .orElse(OptionalDouble.empty());
  }

  /// {@return bytes per second that as many threads as the model's read}
  double measure(ReadBandwidth bandwidth) {
    return bandwidth.measure(threads);
  }

  /// The text before the test stays the same, so that it is in the KV cache; what comes then begins
  /// with another token each time, so that nothing else is.
  private int[] text(BenchTest test) {
    int[] tokens = text(test.promptTokens());
    for (int i = 0; i < test.depth(); i++) {
      tokens[i] = i % model.info().vocabularySize();
    }
    tokens[test.depth()] = runs++ % model.info().vocabularySize();
    return tokens;
  }

  private int[] text(int length) {
    return random.ints(length, 0, model.tokenizer().vocabularySize()).toArray();
  }

  private int token() {
    return text(1)[0];
  }

  private Optional<GenerationResult> run(int[] prompt, int maxTokens) {
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().ignoreEos(true).maxTokens(maxTokens).build();
    Generation generation = session.start(prompt, options);
    interruption.guard(generation);
    if (interruption.requested()) {
      generation.cancel();
    }
    GenerationResult result = generation.finish();
    return result.stopReason() == StopReason.CANCELLED || interruption.requested()
        ? Optional.empty()
        : Optional.of(result);
  }

  /// {@return what was measured; its kernels are those that compute now}
  BenchSubject subject() {
    return new BenchSubject(
        model.info(),
        headEncoding,
        model.kernels(),
        configuration.session().batchSize(),
        configuration.settings(),
        loadSeconds,
        firstTokenSeconds);
  }

  long cacheBytesPerPosition() {
    return cacheBytesPerPosition;
  }

  @Override
  public void close() {
    threads.close();
    session.close();
    model.close();
  }
}
