package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.BatchOptions;
import dev.tern.KvCacheType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How many requests are answered at once, and in how much memory.
final class BatchFlags {
  private static final BatchOptions DEFAULTS = BatchOptions.defaults();

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description =
          "Tokens of prompt and answer of one request together (default: what the model was trained for, or what the KV memory holds).")
  private int contextLength;

  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      description =
          "Places: requests that are computed at the same time (default: ${DEFAULT-VALUE}).")
  private int places = DEFAULTS.maxRunning();

  @Option(
      names = "--queue",
      paramLabel = "N",
      description =
          "Requests that may wait for a place; more are told to come later (default: ${DEFAULT-VALUE}).")
  private int queue = DEFAULTS.queueCapacity();

  @Option(
      names = "--kv-budget",
      paramLabel = "SIZE",
      description =
          "The most memory for keys and values, such as 2GB (default: what all places need, but no more than half of the free memory).")
  private @Nullable String kvBudget;

  @Option(
      names = {"-ub", "--prefill-chunk", "--ubatch-size"},
      paramLabel = "N",
      description =
          "Prompt tokens computed at once: fewer keep the answers that are being written going more evenly (default: ${DEFAULT-VALUE}).")
  private int prefillChunk = DEFAULTS.prefillChunk();

  @Option(
      names = {"-ctk", "--cache-type-k"},
      paramLabel = "TYPE",
      description =
          "How the KV cache stores keys: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KvCacheType cacheTypeK = DEFAULTS.cacheTypeK();

  @Option(
      names = {"-ctv", "--cache-type-v"},
      paramLabel = "TYPE",
      description =
          "How the KV cache stores values: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KvCacheType cacheTypeV = DEFAULTS.cacheTypeV();

  @Option(
      names = "--no-cache-prompt",
      description =
          "Compute every prompt anew: slower, but how soon an answer comes tells nobody what others asked.")
  private boolean noCachePrompt;

  BatchOptions toBatchOptions() {
    BatchOptions options =
        DEFAULTS.withCacheTypes(cacheTypeK, cacheTypeV).withPrefixCache(!noCachePrompt);
    options = checked("-c", options, o -> o.withContextLength(contextLength));
    options = checked("-np", options, o -> o.withMaxRunning(places));
    options = checked("--queue", options, o -> o.withQueueCapacity(queue));
    options = checked("-ub", options, o -> o.withPrefillChunk(prefillChunk));
    String budget = kvBudget;
    return budget == null
        ? options
        : checked("--kv-budget", options, o -> o.withKvBudgetBytes(ByteCount.parse(budget)));
  }

  private interface Change {
    BatchOptions apply(BatchOptions options);
  }

  private static BatchOptions checked(String option, BatchOptions options, Change change) {
    return named(option, () -> change.apply(options));
  }
}
