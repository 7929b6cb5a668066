package dev.tern.cli;

import dev.tern.cli.BenchResult.BenchRatio;
import dev.tern.kernel.ReadBandwidth;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Measures configurations: each repetition of a test right after the bandwidth of memory, and what
/// is compared in turns, because what a machine gives changes from second to second.
///
/// When the process is ending, what has been measured completely is still reported.
final class BenchRunner implements AutoCloseable {
  private final List<BenchTest> tests;
  private final int repetitions;
  private final PrintWriter err;
  private final StatusLine status;
  private final Interruption interruption = new Interruption();
  private final Arena arena = Arena.ofShared();
  private final ReadBandwidth bandwidth;

  BenchRunner(List<BenchTest> tests, int repetitions, StandardStreams streams) {
    this.tests = tests;
    this.repetitions = repetitions;
    this.err = streams.err();
    this.status = new StatusLine(streams);
    this.bandwidth = ReadBandwidth.create(arena);
  }

  /// One configuration's measurements of one test.
  private final class Series {
    private final BenchSession session;
    private final BenchTest test;
    private final List<Double> speeds = new ArrayList<>();
    private final List<Double> bandwidths = new ArrayList<>();

    Series(BenchSession session, BenchTest test) {
      this.session = session;
      this.test = test;
    }

    /// {@return false if the process is ending}
    boolean repeat() {
      double bytesPerSecond = session.measure(bandwidth);
      OptionalDouble tokensPerSecond = session.speed(test);
      if (tokensPerSecond.isEmpty()) {
        return false;
      }
      bandwidths.add(bytesPerSecond);
      speeds.add(tokensPerSecond.getAsDouble());
      return true;
    }

    BenchResult result(@Nullable BenchRatio ratio) {
      return new BenchResult(
          session.subject(),
          test,
          new Samples(speeds),
          new Samples(bandwidths),
          session.cacheBytesPerPosition(),
          // The buffer is no memory that the model needs.
          Math.max(0, ProcessMemory.resident() - bandwidth.byteSize()),
          ratio);
    }
  }

  /// {@return results of all tests for configurations of one model, one after the other}
  List<BenchResult> measure(List<BenchConfiguration> configurations) throws IOException {
    List<BenchResult> results = new ArrayList<>();
    try (ModelImages images = new ModelImages(err, status)) {
      for (BenchConfiguration configuration : configurations) {
        if (interruption.requested()) {
          break;
        }
        try (BenchSession session = BenchSession.load(configuration, images, interruption, err)) {
          session.requireRoom(tests);
          for (List<BenchTest> together : inTurns()) {
            results.addAll(measure(session, together));
          }
        }
      }
    }
    return results;
  }

  /// {@return the tests that are measured together: those that differ in nothing but the number of
  /// texts}
  private Collection<List<BenchTest>> inTurns() {
    return tests.stream()
        .collect(
            Collectors.groupingBy(
                test -> List.of(test.kind(), test.tokens(), test.depth()),
                LinkedHashMap::new,
                Collectors.toList()))
        .values();
  }

  /// {@return results with ratios to the first; none if the process is ending}
  private List<BenchResult> measure(BenchSession session, List<BenchTest> together) {
    List<Series> turns = together.stream().map(test -> new Series(session, test)).toList();
    if (!repeat(turns)) {
      return List.of();
    }
    Series first = turns.getFirst();
    return turns.stream()
        .map(series -> series.result(series == first ? null : ratio(series.speeds, first.speeds)))
        .toList();
  }

  /// {@return results of all tests for two configurations, each test of the first before the same
  /// of the second}
  List<BenchResult> compare(BenchConfiguration one, BenchConfiguration other) throws IOException {
    List<BenchResult> results = new ArrayList<>();
    try (ModelImages images = new ModelImages(err, status);
        BenchSession first = BenchSession.load(one, images, interruption, err);
        BenchSession second = BenchSession.load(other, images, interruption, err)) {
      first.requireRoom(tests);
      second.requireRoom(tests);
      for (BenchTest test : tests) {
        Series ofFirst = new Series(first, test);
        Series ofSecond = new Series(second, test);
        if (repeat(List.of(ofFirst, ofSecond))) {
          results.add(ofFirst.result(ratio(ofFirst.speeds, ofSecond.speeds)));
          results.add(ofSecond.result(null));
        }
      }
    }
    return results;
  }

  /// Takes turns, and lets another one begin each time.
  ///
  /// @return false if the process is ending
  private boolean repeat(List<Series> turns) {
    for (Series series : turns) {
      status.show("warming up for " + series.test.label());
      series.session.warmUp(series.test);
    }
    for (int i = 0; i < repetitions; i++) {
      status.show("%s: %d of %d".formatted(turns.getFirst().test.label(), i + 1, repetitions));
      for (Series series : i % 2 == 0 ? turns : turns.reversed()) {
        if (!series.repeat()) {
          return false;
        }
      }
    }
    status.clear();
    return true;
  }

  private static BenchRatio ratio(List<Double> first, List<Double> second) {
    List<Double> pairs = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      pairs.add(first.get(i) / second.get(i));
    }
    return new BenchRatio(
        new Samples(first).median() / new Samples(second).median(), new Samples(pairs));
  }

  @Override
  public void close() {
    status.clear();
    arena.close();
    interruption.close();
  }
}
