package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.eval.OutputComparison;
import dev.tern.eval.OutputMeasurement;
import dev.tern.eval.WeightComparison;
import dev.tern.eval.WeightSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Compares two models, their weights and what they write, and prints what came of it.
///
/// @param streams where to
/// @param loading how both are loaded
/// @param texts on which their outputs are compared; none for weights alone
/// @param greedyTokens that both write behind each short text
/// @param verbose whether every tensor is listed
/// @param json whether JSON is printed
record ModelComparison(
    StandardStreams streams,
    LoadOptions loading,
    List<String> texts,
    int greedyTokens,
    boolean verbose,
    boolean json) {
  /// Compares.
  ///
  /// @return what the weights have in common
  WeightComparison print(Path first, Path second) throws IOException {
    StatusLine status = new StatusLine(streams);
    try {
      WeightComparison weights;
      try (WeightSource one = WeightSource.open(first, loading.i2sLayout());
          WeightSource other = WeightSource.open(second, loading.i2sLayout())) {
        weights = WeightComparison.of(one, other, name -> status.show(Printable.line(name)));
      }
      status.clear();
      DiffReport report = new DiffReport(first, second, weights);
      if (!json) {
        streams.out().println(report.weights(verbose));
        streams.flush();
      }
      OutputComparison outputs = texts.isEmpty() ? null : outputs(first, second, status);
      print(first, second, weights, outputs);
      return weights;
    } finally {
      status.clear();
    }
  }

  private void print(
      Path first, Path second, WeightComparison weights, @Nullable OutputComparison outputs) {
    if (json) {
      streams.out().println(Json.format(new DiffJson(first, second, weights, outputs).fields()));
    } else if (outputs != null) {
      streams.out().println("\n" + DiffReport.outputs(outputs, texts.size()));
    }
    streams.flush();
  }

  private OutputComparison outputs(Path first, Path second, StatusLine status) throws IOException {
    try (TernModel one = TernModel.load(first, loading);
        TernModel other = TernModel.load(second, loading)) {
      return named(
              "--tensors-only compares weights alone",
              () -> OutputMeasurement.of(one, other, greedyTokens))
          .run(texts, places -> status.show("compared outputs at %d places".formatted(places)));
    }
  }
}
