package dev.tern.cli;

import dev.tern.ModelInfo;
import dev.tern.TernModel;
import dev.tern.eval.Perplexity;
import dev.tern.eval.PerplexityProtocol;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `tern perplexity` found.
///
/// @param model that was measured
/// @param result what came out
/// @param seconds how long it took
record PerplexityReport(TernModel model, Perplexity result, double seconds) {
  /// {@return the result for people}
  String text() {
    return String.format(
        Locale.ROOT,
        """
        perplexity %.4f +/- %.5f per token; 95 %% confidence interval %.4f to %.4f
        loss %.5f bits per token, %.5f bits per byte
        %s: %d tokens scored, which are %d bytes\
        """,
        result.value(),
        result.standardError(),
        result.lower(),
        result.upper(),
        result.bitsPerToken(),
        result.bitsPerByte(),
        protocol(),
        result.scoredTokens(),
        result.scoredBytes());
  }

  private String protocol() {
    PerplexityProtocol protocol = result.protocol();
    return protocol.stride() == 0
        ? "%d chunks of %d tokens, the second half of each"
            .formatted(result.chunks(), protocol.contextLength())
        : "%d windows of %d tokens, the last %d of each"
            .formatted(result.chunks(), protocol.windowLength(), protocol.stride());
  }

  /// {@return the closing line: what ran, how fast, in how much memory}
  String summary() {
    ModelInfo info = model.info();
    return String.join(
        " | ",
        "%s (%s, %s)".formatted(Printable.line(info.name()), info.architecture(), info.encoding()),
        model.kernels(),
        info.threads() == 1 ? "1 thread" : info.threads() + " threads",
        String.format(
            Locale.ROOT,
            "computed %d tok in %.1f s, %.1f tok/s",
            computedTokens(),
            seconds,
            tokensPerSecond()),
        "memory " + ByteCount.format(ProcessMemory.resident()));
  }

  private long computedTokens() {
    // Nothing is asked about the place behind the last token of a chunk.
    return (long) result.chunks() * (result.protocol().windowLength() - 1);
  }

  private double tokensPerSecond() {
    return seconds > 0 ? computedTokens() / seconds : 0;
  }

  /// {@return the result for programs}
  Map<String, @Nullable Object> fields() throws IOException {
    ModelInfo info = model.info();
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("tern", Version.text());
    fields.put("model", info.name());
    fields.put("architecture", info.architecture());
    fields.put("encoding", info.encoding());
    fields.put("kernels", model.kernels());
    fields.put("threads", info.threads());
    fields.putAll(figures(result));
    fields.put("seconds", seconds);
    fields.put("tokensPerSecond", tokensPerSecond());
    return fields;
  }

  /// {@return a result without what it was measured on, for programs}
  static Map<String, @Nullable Object> figures(Perplexity result) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("perplexity", finite(result.value()));
    fields.put("standardError", finite(result.standardError()));
    fields.put("confidence95", Arrays.asList(finite(result.lower()), finite(result.upper())));
    fields.put("natsPerToken", result.meanLoss());
    fields.put("bitsPerToken", result.bitsPerToken());
    fields.put("bitsPerByte", finite(result.bitsPerByte()));
    fields.put("scoredTokens", result.scoredTokens());
    fields.put("scoredBytes", result.scoredBytes());
    fields.put("chunks", result.chunks());
    fields.put("contextLength", result.protocol().contextLength());
    fields.put("stride", result.protocol().stride());
    fields.put("windowLength", result.protocol().windowLength());
    return fields;
  }

  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
