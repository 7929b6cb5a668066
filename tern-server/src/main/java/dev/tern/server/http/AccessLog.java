package dev.tern.server.http;

import dev.tern.server.api.CallObserver;
import dev.tern.server.api.CallReport;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Logs each call as one line of JSON, without what people wrote unless that was asked for. Safe
/// for use by many threads.
final class AccessLog implements CallObserver {
  private static final System.Logger LOGGER = System.getLogger("dev.tern.server.access");
  private static final double NANOS_PER_MILLISECOND = 1e6;

  private final boolean prompts;

  AccessLog(boolean prompts) {
    this.prompts = prompts;
  }

  @Override
  public void ended(CallReport report) {
    LOGGER.log(System.Logger.Level.INFO, line(report));
  }

  /// {@return a call as JSON, without line breaks}
  String line(CallReport report) {
    ObjectNode line =
        JsonNodeFactory.instance
            .objectNode()
            .put("time", report.begun().toString())
            .put("request_id", report.id())
            .put("client", report.client())
            .put("method", report.method())
            .put("route", report.route())
            .put("status", report.status())
            .put("duration_ms", report.duration().toNanos() / NANOS_PER_MILLISECOND)
            .put("bytes", report.bytes());
    report
        .usage()
        .ifPresent(usage ->
            line.put("prompt_tokens", usage.promptTokens())
                .put("generated_tokens", usage.generatedTokens()));
    if (prompts) {
      report.body().ifPresent(body -> line.set("body", body));
    }
    return line.toString();
  }
}
