package dev.tern.train.config;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys of a configuration, by section.
final class ConfigKeys {
  /// The section of a source of text, which is an item of a list.
  static final String CORPUS = "data.train";

  private static final Map<String, List<String>> SECTIONS = sections();

  private ConfigKeys() {}

  private static Map<String, List<String>> sections() {
    Map<String, List<String>> sections = new LinkedHashMap<>();
    sections.put(
        "",
        List.of(
            "name",
            "output",
            "model",
            "tokenizer",
            "data",
            "optimizer",
            "warm_up",
            "initial",
            "distillation",
            "run"));
    sections.put(
        "model",
        List.of(
            "style",
            "weights",
            "activations",
            "hidden",
            "layers",
            "heads",
            "kv_heads",
            "feed_forward",
            "context",
            "rope_theta",
            "norm_epsilon",
            "tied_embeddings"));
    sections.put("tokenizer", List.of("path", "kind", "size", "marks"));
    sections.put("data", List.of("train", "validation", "validation_share", "isolate_documents"));
    sections.put(CORPUS, List.of("path", "format", "separator", "repeat"));
    sections.put(
        "optimizer",
        List.of(
            "peak_learning_rate",
            "second_learning_rate",
            "warm_up_steps",
            "second_stage_at",
            "weight_decay",
            "beta1",
            "beta2",
            "epsilon",
            "clip_norm"));
    sections.put("warm_up", List.of("curve", "steps"));
    sections.put(
        "distillation",
        List.of("teacher", "weight", "temperature", "attention_weight", "attention_layer"));
    sections.put(
        "run",
        List.of(
            "steps",
            "sequences",
            "accumulation",
            "seed",
            "threads",
            "device",
            "log_every",
            "evaluate_every",
            "evaluation_batches",
            "checkpoint_every",
            "sample_every",
            "sample_prompts"));
    return sections;
  }

  /// {@return all sections with their keys, in the order in which they are explained}
  static Map<String, List<String>> all() {
    return SECTIONS;
  }

  /// {@return the keys of a section}
  static List<String> of(String section) {
    return SECTIONS.getOrDefault(section, List.of());
  }

  /// {@return a key with the section that it stands in}
  static String path(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  /// {@return the key that somebody may have meant who wrote one that there is not: the nearest of
  /// the section, or else of all}
  static Optional<String> meant(String section, String written) {
    return nearest(written, of(section))
        .map(key -> path(section, key))
        .or(() ->
            SECTIONS.entrySet().stream()
                .filter(other -> other.getValue().contains(written))
                .map(other -> path(other.getKey(), written))
                .findFirst());
  }

  /// {@return the name that is few typing mistakes away}
  static Optional<String> nearest(String written, List<String> names) {
    int tolerated = Math.max(1, written.length() / 3);
    return names.stream()
        .filter(name -> Math.abs(name.length() - written.length()) <= tolerated)
        .filter(name -> distance(written, name) <= tolerated)
        .min(Comparator.comparingInt(name -> distance(written, name)));
  }

  /// The least number of letters to insert, delete, replace or swap with their neighbour (optimal
  /// string alignment).
  private static int distance(String a, String b) {
    int[][] costs = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          costs[i][j] = i + j;
          continue;
        }
        int replaced = costs[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        int best = Math.min(replaced, 1 + Math.min(costs[i - 1][j], costs[i][j - 1]));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        costs[i][j] = swapped ? Math.min(best, 1 + costs[i - 2][j - 2]) : best;
      }
    }
    return costs[a.length()][b.length()];
  }
}
