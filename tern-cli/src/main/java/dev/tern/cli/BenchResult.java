package dev.tern.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What came of one test.
///
/// @param subject what was measured
/// @param test what it did
/// @param speeds tokens per second, one for each repetition
/// @param bandwidths bytes per second that the same threads read before each repetition
/// @param cacheBytesPerPosition what one position of the KV cache takes
/// @param residentBytes memory of the process afterwards
/// @param ratio how the speed compares with another result's: the next one's where two
///   configurations are compared, that of the first number of texts where several are
record BenchResult(
    BenchSubject subject,
    BenchTest test,
    Samples speeds,
    Samples bandwidths,
    long cacheBytesPerPosition,
    long residentBytes,
    @Nullable BenchRatio ratio) {
  /// How much faster one configuration is than another.
  ///
  /// @param ofMedians the median speed of the first over that of the second
  /// @param ofPairs the same for each pair of repetitions that ran one after the other
  record BenchRatio(double ofMedians, Samples ofPairs) {}

  /// {@return what one generated token reads: weights and KV cache; nothing for prompts and for
  /// texts that are generated at once, whose tokens share what they read}
  @Nullable Long bytesPerToken() {
    return test.kind() == BenchTest.Kind.PROMPT || test.parallel() > 0
        ? null
        : subject.model().bytesPerToken()
            + Math.round(test.positionsRead() * cacheBytesPerPosition);
  }

  /// {@return how much of the bandwidth the median speed takes, 1 for all of it; nothing for
  /// prompts}
  @Nullable Double bandwidthShare() {
    Long bytes = bytesPerToken();
    return bytes == null ? null : bytes * speeds.median() / bandwidths.median();
  }

  /// {@return everything by name, for programs; all results have the same names in the same order}
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("test", test.label());
    fields.put("promptTokens", test.kind() == BenchTest.Kind.PROMPT ? test.tokens() : 0);
    fields.put("generatedTokens", test.kind() == BenchTest.Kind.GENERATION ? test.tokens() : 0);
    fields.put("depth", test.depth());
    fields.put("tokensPerSecond", speeds.median());
    fields.put("meanTokensPerSecond", speeds.mean());
    fields.put("standardDeviation", speeds.standardDeviation());
    fields.put("minTokensPerSecond", speeds.least());
    fields.put("maxTokensPerSecond", speeds.most());
    fields.put("repetitions", speeds.values().size());
    fields.put("parallel", test.parallel() == 0 ? null : test.parallel());
    fields.put("bytesPerToken", bytesPerToken());
    fields.put("readBandwidth", bandwidths.median());
    fields.put("bandwidthShare", bandwidthShare());
    fields.put("ratio", ratio == null ? null : ratio.ofMedians);
    fields.put("minRatio", ratio == null ? null : ratio.ofPairs.least());
    fields.put("maxRatio", ratio == null ? null : ratio.ofPairs.most());
    fields.put("model", subject.model().name());
    fields.put("architecture", subject.model().architecture());
    fields.put("parameters", subject.model().parameters());
    fields.put("modelBytes", subject.model().fileBytes());
    fields.put("preparedBytes", subject.model().repackedBytes());
    fields.put("encoding", subject.model().encoding());
    fields.put("headEncoding", subject.headEncoding());
    fields.put("ternaryLayout", subject.model().ternaryLayout());
    fields.put("zeroSkipping", subject.model().zeroSkipping());
    fields.put("kernels", subject.kernels());
    fields.put("threads", subject.model().threads());
    fields.put("batchSize", subject.batchSize());
    fields.put("settings", subject.settings());
    fields.put("loadSeconds", subject.loadSeconds());
    fields.put("firstTokenSeconds", subject.firstTokenSeconds());
    fields.put("residentBytes", residentBytes);
    return fields;
  }
}
