package dev.tern.cli;

import dev.tern.BatchEngine;
import dev.tern.GenerationOptions;
import dev.tern.TernModel;
import dev.tern.tokenizer.EncodeOptions;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/// Generates until a model is as fast as it will be: the first tokens of a process are slow,
/// because pages are read and code is compiled.
final class WarmUp {
  private static final int TOKENS = 8;

  /// On a machine that is busy otherwise, a server that is slow at first is better than none.
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(20);

  private WarmUp() {}

  /// Generates, at least once.
  ///
  /// @param model what computes
  /// @param engine answers for it
  static void run(TernModel model, BatchEngine engine) {
    int[] text = model.tokenizer().encode(BuiltInModel.PROMPT, EncodeOptions.PROMPT);
    int[] prompt = Arrays.copyOf(text, Math.min(text.length, engine.contextLength()));
    GenerationOptions options =
        GenerationOptions.greedy().toBuilder().maxTokens(TOKENS).ignoreEos(true).build();
    long begin = System.nanoTime();
    try {
      do {
        var _ = engine.submit(prompt, options, _ -> {}).await();
      } while (!model.isWarm() && System.nanoTime() - begin < MOST_NANOS);
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }
}
