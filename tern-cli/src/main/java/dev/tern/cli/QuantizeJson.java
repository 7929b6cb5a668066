package dev.tern.cli;

import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `tern quantize` did and what it cost, for programs.
///
/// @param report what is said to people
record QuantizeJson(QuantizeReport report) {
  Map<String, @Nullable Object> fields() throws IOException {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("tern", Version.text());
    fields.put("before", fields(report.before()));
    fields.put("after", fields(report.after()));
    fields.put("sizeRatio", report.sizeRatio());
    fields.put("perplexityRatio", finite(report.perplexityRatio()));
    fields.put("linearError", fields(WeightErrors.ofLinear(report.weights())));
    fields.put("embeddingError", fields(WeightErrors.ofEmbedding(report.weights())));
    fields.put("storedOtherwise", report.written().storedOtherwise());
    fields.put("notices", report.written().notices());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(MeasuredModel model) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("path", model.path().toString());
    fields.put("bytes", model.bytes());
    fields.put("linear", model.linear());
    fields.put("embedding", model.embedding());
    fields.put("inputs", model.inputs());
    fields.put("perplexity", model.perplexity().map(PerplexityReport::figures).orElse(null));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(WeightErrors errors) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    if (errors.codes().isPresent()) {
      OfCodes codes = errors.codes().get();
      fields.put("codes", codes.elements());
      fields.put("differingCodes", codes.differingCodes());
      fields.put("differingScales", codes.differingScales());
      fields.put("largestRelativeScaleDifference", finite(codes.largestScaleDifference()));
    }
    if (errors.values().isPresent()) {
      OfValues values = errors.values().get();
      fields.put("values", values.elements());
      fields.put("differingValues", values.differing());
      fields.put("largestDifference", finite(values.largest()));
      fields.put("rmsDifference", finite(values.rms()));
      fields.put("relativeDifference", finite(values.relative()));
    }
    return fields;
  }

  /// JSON has no numbers that are none.
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
