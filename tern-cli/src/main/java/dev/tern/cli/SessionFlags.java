package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.SessionOptions;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How much text a session holds: the options of every command that generates.
final class SessionFlags {
  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "N",
      description =
          "Tokens of prompt and answer together (default: what the model was trained for).")
  private int contextLength;

  @Mixin private CacheFlags cacheFlags;

  SessionOptions toSessionOptions() {
    SessionOptions options = cacheFlags.toSessionOptions();
    return named("-c", () -> options.withContextLength(contextLength));
  }
}
