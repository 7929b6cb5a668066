package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

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
}
