package dev.tern.cli;

import dev.tern.Embedding;
import dev.tern.ModelInfo;
import dev.tern.TernModel;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What `tern embed` computed.
///
/// @param model that computed it
/// @param embeddings in the order of the texts
/// @param seconds how long it took
record EmbeddingReport(TernModel model, List<Embedding> embeddings, double seconds) {
  /// Prints the vectors, each number so that it can be read back exactly.
  void print(EmbeddingFormat format, PrintWriter out) {
    switch (format) {
      case RAW -> embeddings.forEach(embedding -> out.println(numbers(embedding, " ")));
      case ARRAY -> {
        out.println("[");
        for (int i = 0; i < embeddings.size(); i++) {
          String end = i + 1 < embeddings.size() ? "," : "";
          out.println("[" + numbers(embeddings.get(i), ",") + "]" + end);
        }
        out.println("]");
      }
      case JSON -> out.println(Json.format(answer()));
    }
  }

  private static String numbers(Embedding embedding, String separator) {
    StringBuilder text = new StringBuilder();
    for (float number : embedding.vector()) {
      text.append(text.isEmpty() ? "" : separator).append(number);
    }
    return text.toString();
  }

  private Map<String, Object> answer() {
    List<Object> data = new ArrayList<>();
    for (int i = 0; i < embeddings.size(); i++) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("object", "embedding");
      one.put("index", i);
      one.put("embedding", embeddings.get(i).vector());
      data.add(one);
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("object", "list");
    answer.put("data", data);
    answer.put("model", model.info().name());
    Map<String, Object> usage = new LinkedHashMap<>();
    usage.put("prompt_tokens", tokens());
    usage.put("total_tokens", tokens());
    answer.put("usage", usage);
    return answer;
  }

  private int tokens() {
    return embeddings.stream().mapToInt(Embedding::tokens).sum();
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
            "%s, %d tok in %.2f s, %.1f tok/s",
            embeddings.size() == 1 ? "1 text" : embeddings.size() + " texts",
            tokens(),
            seconds,
            seconds > 0 ? tokens() / seconds : 0),
        "memory " + ByteCount.format(ProcessMemory.resident()));
  }
}
