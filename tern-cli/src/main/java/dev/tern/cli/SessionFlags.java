package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.KvCacheType;
import dev.tern.SessionOptions;
import picocli.CommandLine.Option;

/// How much text a session holds: the options of every command that generates.
final class SessionFlags {
  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description =
          "Tokens of prompt and answer together (default: what the model was trained for).")
  private int contextLength;

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
    SessionOptions sized = named("-c", () -> options.withContextLength(contextLength));
    return named("-b", () -> sized.withBatchSize(batchSize));
  }
}
