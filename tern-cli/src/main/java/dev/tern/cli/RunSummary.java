package dev.tern.cli;

import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.ModelInfo;
import dev.tern.StopReason;
import dev.tern.TernModel;
import dev.tern.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The closing line of a run: what ran, how fast, in how much memory.
final class RunSummary {
  private RunSummary() {}

  static String line(TernModel model, GenerationResult result, GenerationOptions options) {
    Usage usage = result.usage();
    List<String> parts = new ArrayList<>(what(model));
    parts.add(rate("prompt", usage.promptTokens(), usage.promptTokensPerSecond()));
    parts.add(rate("generated", usage.generatedTokens(), usage.generatedTokensPerSecond()));
    if (options.draftTokens() > 0) {
      parts.add("%d of %d guesses right".formatted(usage.acceptedTokens(), usage.draftedTokens()));
    }
    parts.add("memory " + ByteCount.format(ProcessMemory.resident()));
    if (options.temperature() > 0) {
      parts.add("seed " + result.seed());
    }
    explain(result.stopReason()).ifPresent(parts::add);
    return String.join(" | ", parts);
  }

  /// {@return what ran: the model, its kernels, its threads}
  static List<String> what(TernModel model) {
    ModelInfo info = model.info();
    return List.of(
        "%s (%s, %s)".formatted(Printable.line(info.name()), info.architecture(), info.encoding()),
        model.kernels(),
        info.threads() == 1 ? "1 thread" : info.threads() + " threads");
  }

  private static String rate(String what, int tokens, double perSecond) {
    return perSecond == 0
        ? "%s %d tok".formatted(what, tokens)
        : String.format(Locale.ROOT, "%s %d tok, %.1f tok/s", what, tokens, perSecond);
  }

  private static Optional<String> explain(StopReason reason) {
    return switch (reason) {
      case END_OF_TURN, GRAMMAR_COMPLETE, STOP_TEXT -> Optional.empty();
      case MAX_TOKENS -> Optional.of("stopped at -n");
      case CONTEXT_FULL -> Optional.of("stopped because the context is full (raise -c)");
      case CANCELLED -> Optional.of("interrupted");
    };
  }
}
