package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.LoadOptions;
import dev.tern.eval.PerplexityProtocol;
import picocli.CommandLine.Option;

/// Which tokens of a text are scored.
final class PerplexityFlags {
  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description = "Tokens of a chunk (default: ${DEFAULT-VALUE}).")
  private int contextLength = PerplexityProtocol.defaults().contextLength();

  @Option(
      names = "--chunks",
      paramLabel = "N",
      description = "Chunks to compute; -1 for all (default).")
  private int chunks = -1;

  @Option(
      names = {"-np", "--parallel"},
      paramLabel = "N",
      description =
          "Chunks computed at once, each by one thread with a KV cache of its own; 1 for one after the other, each by all threads; 0 for as many as threads, where their caches fit into 1 GiB (default). The result is the same.")
  private int parallel;

  @Option(
      names = "--ppl-stride",
      paramLabel = "N",
      description =
          "Compute windows of -c and N / 2 tokens that begin every N tokens, and score the last N of each; 0 for chunks (default).")
  private int stride;

  PerplexityProtocol protocol() {
    PerplexityProtocol sized =
        named("-c", () -> PerplexityProtocol.defaults().withContextLength(contextLength));
    PerplexityProtocol strided = named("--ppl-stride", () -> sized.withStride(stride));
    return named("--chunks", () -> strided.withChunks(chunks == -1 ? 0 : chunks));
  }

  /// Threads of the model's own are kept on processors, those of chunks are not.
  int chunksAtOnce(LoadOptions options) {
    if (options.pinThreads() && parallel > 1) {
      throw new IllegalArgumentException(
          "threads that compute a chunk each are not kept on processors: leave out --pin-threads");
    }
    return options.pinThreads() ? 1 : parallel;
  }
}
