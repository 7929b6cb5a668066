package dev.tern.server.metrics;

import dev.tern.BatchEngine;
import dev.tern.BatchStatistics;
import dev.tern.BatchTimings;
import dev.tern.GenerationResult;
import dev.tern.server.api.CallObserver;
import dev.tern.server.api.CallReport;
import dev.tern.server.api.Document;
import dev.tern.server.engine.RequestObserver;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.DoubleStream;

/// Counts and measures what a server does. Times of requests have the names and bounds of
/// OpenTelemetry's conventions for generative models (`gen_ai.server.*`). Labels have few values:
/// the model's name, routes' patterns, statuses. Safe for use by many threads.
public final class ServerMetrics implements RequestObserver, CallObserver, AutoCloseable {
  private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
  private static final Duration[] SHORT =
      seconds(0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10);
  private static final Duration[] PER_TOKEN =
      seconds(0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5);
  private static final Duration[] LONG =
      seconds(
          0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final String model;
  private final Timer queueTime;
  private final Timer firstToken;
  private final Timer perToken;

  /// Begins to count.
  ///
  /// @param model what clients call it
  /// @param engine answers for it
  public ServerMetrics(String model, BatchEngine engine) {
    this.model = model;
    this.queueTime =
        timer("gen_ai.server.queue_time", "From a request's coming until it runs", SHORT);
    this.firstToken = timer("gen_ai.server.time_to_first_token", "From a request's coming", SHORT);
    this.perToken =
        timer("gen_ai.server.time_per_output_token", "Of those after the first", PER_TOKEN);
    addState(engine);
    addTotals(engine);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
  }

  private static Duration[] seconds(double... bounds) {
    return DoubleStream.of(bounds)
        .mapToObj(bound -> Duration.ofNanos(Math.round(bound * 1e9)))
        .toArray(Duration[]::new);
  }

  private Timer timer(String name, String description, Duration[] bounds) {
    return Timer.builder(name)
        .description(description)
        .tag("model", model)
        .serviceLevelObjectives(bounds)
        .register(registry);
  }

  private void addState(BatchEngine engine) {
    gauge(engine, "tern.requests.waiting", "Requests that wait for a place", s -> s.waiting());
    gauge(engine, "tern.requests.running", "Requests that are computed", s -> s.running());
    gauge(
        engine,
        "tern.kv.used.bytes",
        "KV memory that running requests use",
        s -> (double) s.kvBlocksUsed() * s.kvBlockBytes());
    gauge(
        engine,
        "tern.kv.cached.bytes",
        "KV memory kept for prompts that begin alike",
        s -> (double) s.kvBlocksCached() * s.kvBlockBytes());
    gauge(
        engine,
        "tern.kv.bytes.limit",
        "The most KV memory",
        s -> (double) s.kvBlocksTotal() * s.kvBlockBytes());
  }

  private void addTotals(BatchEngine engine) {
    total(engine, "tern.requests.submitted", "Requests accepted", s -> s.submitted());
    total(engine, "tern.requests.refused", "Requests refused: queue full", s -> s.refused());
    total(
        engine,
        "tern.requests.preempted",
        "Requests set back for want of memory",
        s -> s.preemptions());
    total(engine, "tern.tokens.prefilled", "Tokens of prompts computed", s -> s.prefilledTokens());
    total(engine, "tern.tokens.decoded", "Tokens computed one at a time", s -> s.decodedTokens());
    total(
        engine,
        "tern.tokens.prefix.hit",
        "Tokens of prompts found in the cache",
        s -> s.prefixHitTokens());
    total(
        engine,
        "tern.kv.evicted.blocks",
        "Kept blocks given up for others",
        s -> s.evictedBlocks());
  }

  private void gauge(
      BatchEngine engine,
      String name,
      String description,
      ToDoubleFunction<BatchStatistics> value) {
    Gauge.builder(name, engine, e -> value.applyAsDouble(e.statistics()))
        .description(description)
        .tag("model", model)
        .register(registry);
  }

  private void total(
      BatchEngine engine, String name, String description, ToLongFunction<BatchStatistics> value) {
    FunctionCounter.builder(name, engine, e -> value.applyAsLong(e.statistics()))
        .description(description)
        .tag("model", model)
        .register(registry);
  }

  @Override
  public void ended(GenerationResult result, BatchTimings timings) {
    timings.queuedNanos().ifPresent(nanos -> queueTime.record(Duration.ofNanos(nanos)));
    timings.firstTokenNanos().ifPresent(nanos -> firstToken.record(Duration.ofNanos(nanos)));
    int generated = result.usage().generatedTokens();
    if (timings.totalNanos().isEmpty()) {
      return;
    }
    long total = timings.totalNanos().getAsLong();
    if (timings.firstTokenNanos().isPresent() && generated > 1) {
      long rest = total - timings.firstTokenNanos().getAsLong();
      perToken.record(Duration.ofNanos(rest / (generated - 1)));
    }
    Timer.builder("gen_ai.server.request.duration")
        .description("From a request's coming until its last token")
        .tag("model", model)
        .tag("finish", result.stopReason().name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(LONG)
        .register(registry)
        .record(Duration.ofNanos(total));
  }

  @Override
  public void ended(CallReport report) {
    Timer.builder("http.server.requests")
        .description("Calls over HTTP")
        .tag("method", report.method())
        .tag("route", report.route())
        .tag("status", Integer.toString(report.status()))
        .register(registry)
        .record(report.duration());
  }

  /// {@return everything in Prometheus's text format}
  public Document read() {
    return Document.of(CONTENT_TYPE, registry.scrape());
  }

  /// Counts no more.
  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
