package dev.tern.cli;

import dev.tern.eval.GreedyComparison;
import dev.tern.eval.OutputComparison;
import dev.tern.eval.OutputComparison.Divergence;
import dev.tern.eval.TensorComparison;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightDifference;
import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import dev.tern.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What `tern diff` found, for programs.
///
/// @param first the first model
/// @param second the second model
/// @param weights what their tensors have in common
/// @param outputs how their outputs differ, if they were compared
record DiffJson(
    Path first, Path second, WeightComparison weights, @Nullable OutputComparison outputs) {
  Map<String, @Nullable Object> fields() {
    Map<String, @Nullable Object> root = new LinkedHashMap<>();
    root.put("first", first.toString());
    root.put("second", second.toString());
    root.put("lossless", weights.isLossless());
    root.put("onlyFirst", weights.onlyFirst());
    root.put("onlySecond", weights.onlySecond());
    List<Object> reshaped = new ArrayList<>();
    for (WeightComparison.ShapeDifference tensor : weights.reshaped()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", tensor.name());
      fields.put("first", dimensions(tensor.first()));
      fields.put("second", dimensions(tensor.second()));
      reshaped.add(fields);
    }
    root.put("reshaped", reshaped);
    root.put("tensors", weights.tensors().stream().map(DiffJson::fields).toList());
    if (outputs != null) {
      root.put("outputs", fields(outputs));
    }
    return root;
  }

  private static List<Long> dimensions(Shape shape) {
    List<Long> dimensions = new ArrayList<>();
    for (int i = 0; i < shape.rank(); i++) {
      dimensions.add(shape.dimension(i));
    }
    return dimensions;
  }

  private static Map<String, @Nullable Object> fields(TensorComparison tensor) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("name", tensor.name());
    fields.put("shape", dimensions(tensor.shape()));
    fields.put("firstEncoding", tensor.firstEncoding());
    fields.put("secondEncoding", tensor.secondEncoding());
    WeightDifference difference = tensor.difference();
    fields.put("equal", difference.isNone());
    switch (difference) {
      case OfCodes codes -> {
        fields.put("differingCodes", codes.differingCodes());
        fields.put("differingScales", codes.differingScales());
        fields.put("largestRelativeScaleDifference", finite(codes.largestScaleDifference()));
      }
      case OfValues values -> {
        fields.put("differingValues", values.differing());
        fields.put("largestDifference", finite(values.largest()));
        fields.put("rmsDifference", finite(values.rms()));
        fields.put("relativeDifference", finite(values.relative()));
      }
    }
    return fields;
  }

  private static Map<String, @Nullable Object> fields(OutputComparison outputs) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("positions", outputs.positions());
    fields.put("klFirstSecond", fields(outputs.firstFromSecond()));
    fields.put("klSecondFirst", fields(outputs.secondFromFirst()));
    fields.put("sameLikeliest", outputs.sameLikeliest());
    fields.put("agreement", outputs.agreement());
    fields.put("largestLogitDifference", finite(outputs.largestLogitDifference()));
    fields.put("rmsLogitDifference", finite(outputs.rmsLogitDifference()));
    fields.put("greedy", outputs.greedy().stream().map(DiffJson::fields).toList());
    return fields;
  }

  private static Map<String, @Nullable Object> fields(Divergence divergence) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    fields.put("mean", finite(divergence.mean()));
    fields.put("largest", finite(divergence.largest()));
    return fields;
  }

  private static Map<String, @Nullable Object> fields(GreedyComparison greedy) {
    Map<String, @Nullable Object> fields = new LinkedHashMap<>();
    OptionalInt index = greedy.firstDifference();
    fields.put("text", greedy.text());
    fields.put("firstDifference", index.isPresent() ? index.getAsInt() : null);
    fields.put("first", greedy.first());
    fields.put("second", greedy.second());
    return fields;
  }

  /// JSON has no numbers that are none.
  private static @Nullable Double finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
