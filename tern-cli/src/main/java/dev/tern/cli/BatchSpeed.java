package dev.tern.cli;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.BatchRequest;
import dev.tern.GenerationOptions;
import dev.tern.SessionOptions;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.kernel.KvBlocks;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/// Measures how fast a batch engine generates many texts at once: all their tokens from when the
/// last of them has its first until one of them has its last, so that all are running meanwhile.
final class BatchSpeed {
  /// On a busy machine a short text can be over before the next one was handed in.
  private static final int TRIALS = 10;

  private final TernModel model;
  private final SessionOptions session;
  private final Interruption interruption;

  BatchSpeed(TernModel model, SessionOptions session, Interruption interruption) {
    this.model = model;
    this.session = session;
    this.interruption = interruption;
  }

  /// {@return tokens per second of all texts together; empty if the process is ending}
  ///
  /// @param prompts one for each text, all of the same length
  /// @param tokens how many each text gets, at least 2
  /// @param bytesPerPosition what keys and values of a token take
  /// @throws IllegalArgumentException if a text has ended before all have begun, whenever it was
  ///   tried
  /// @throws MemoryShortageException if there is no memory for all keys and values
  OptionalDouble tokensPerSecond(List<int[]> prompts, int tokens, long bytesPerPosition) {
    BatchOptions options =
        options(prompts.size(), prompts.getFirst().length + tokens, bytesPerPosition);
    for (int trial = 0; trial < TRIALS; trial++) {
      List<List<Long>> arrivals = generate(prompts, tokens, options);
      if (arrivals.isEmpty()) {
        return OptionalDouble.empty();
      }
      long begin = arrivals.stream().mapToLong(List::getFirst).max().orElseThrow();
      long end = arrivals.stream().mapToLong(List::getLast).min().orElseThrow();
      if (end > begin) {
        return OptionalDouble.of(tokensPerSecond(arrivals, begin, end));
      }
    }
    throw new IllegalArgumentException(
        "one of %d texts ended before all had begun: raise -n, or lower -d"
            .formatted(prompts.size()));
  }

  /// {@return when each token of each text came; empty if the process is ending}
  private List<List<Long>> generate(List<int[]> prompts, int tokens, BatchOptions options) {
    GenerationOptions generation =
        GenerationOptions.greedy().toBuilder().ignoreEos(true).maxTokens(tokens).build();
    List<List<Long>> arrivals = new ArrayList<>();
    List<BatchRequest> requests = new ArrayList<>();
    try (BatchEngine engine = model.newBatchEngine(options)) {
      for (int[] prompt : prompts) {
        List<Long> times = new ArrayList<>();
        arrivals.add(times);
        requests.add(engine.submit(prompt, generation, _ -> times.add(System.nanoTime())));
      }
      interruption.guard(() -> requests.forEach(BatchRequest::cancel));
      if (interruption.requested()) {
        requests.forEach(BatchRequest::cancel);
      }
      boolean complete = true;
      for (BatchRequest request : requests) {
        complete &= reason(request) != StopReason.CANCELLED;
      }
      return complete && !interruption.requested() ? arrivals : List.of();
    }
  }

  /// All texts have all their memory, so that none gives way to another while it is measured.
  private BatchOptions options(int texts, int contextLength, long bytesPerPosition) {
    long positions = Math.ceilDiv(contextLength, KvBlocks.POSITIONS) * (long) KvBlocks.POSITIONS;
    long budget = Math.multiplyExact(texts * positions, bytesPerPosition);
    requireMemory(texts, budget, ProcessMemory.grantable());
    return BatchOptions.defaults()
        .withMaxRunning(texts)
        .withQueueCapacity(0)
        .withKvBudgetBytes(budget)
        .withContextLength(contextLength)
        .withCacheTypes(session.cacheTypeK(), session.cacheTypeV())
        .withPrefixCache(false);
  }

  static void requireMemory(int texts, long budget, long available) {
    if (budget > available) {
      throw new MemoryShortageException(
          "keys and values of %d texts need %s of memory, but only %s can be had: lower --parallel, -n or -d"
              .formatted(texts, ByteCount.format(budget), ByteCount.format(available)));
    }
  }

  private static StopReason reason(BatchRequest request) {
    try {
      return request.await().stopReason();
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      return StopReason.CANCELLED;
    } catch (IllegalStateException failure) {
      if (failure.getCause() instanceof OutOfMemoryError) {
        throw new MemoryShortageException(String.valueOf(failure.getMessage()));
      }
      throw failure;
    }
  }

  private static double tokensPerSecond(List<List<Long>> arrivals, long begin, long end) {
    long tokens =
        arrivals.stream().flatMap(List::stream).filter(time -> time > begin && time <= end).count();
    return tokens * 1e9 / (end - begin);
  }
}
