package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.KvCacheType;
import dev.tern.SessionOptions;
import picocli.CommandLine.Option;

/// How a session computes and remembers, but for its length, which commands have different defaults
/// for.
final class CacheFlags {
  @Option(
      names = {"-b", "--batch-size"},
      paramLabel = "N",
      description = "Prompt tokens computed at once (default: ${DEFAULT-VALUE}).")
  private int batchSize = SessionOptions.defaults().batchSize();

  @Option(
      names = {"-ctk", "--cache-type-k"},
      paramLabel = "TYPE",
      description =
          "How the KV cache stores keys: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KvCacheType cacheTypeK = SessionOptions.defaults().cacheTypeK();

  @Option(
      names = {"-ctv", "--cache-type-v"},
      paramLabel = "TYPE",
      description =
          "How the KV cache stores values: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private KvCacheType cacheTypeV = SessionOptions.defaults().cacheTypeV();

  SessionOptions toSessionOptions() {
    SessionOptions options = SessionOptions.defaults().withCacheTypes(cacheTypeK, cacheTypeV);
    return named("-b", () -> options.withBatchSize(batchSize));
  }
}
