package dev.tern.hub;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The files of a Hugging Face checkpoint that a model is made of: configuration, weights in
/// safetensors, tokenizer. Other forms of the same weights are left out.
final class CheckpointFiles {
  private static final String CONFIGURATION = "config.json";
  private static final String WEIGHTS = ".safetensors";
  private static final String INDEX = ".safetensors.index.json";
  private static final Set<String> COMPANIONS =
      Set.of(
          CONFIGURATION,
          "generation_config.json",
          "tokenizer.json",
          "tokenizer.model",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "chat_template.jinja",
          "chat_template.json");
  private static final Set<String> TOKENIZERS =
      Set.of("tokenizer.json", "tokenizer.model", "vocab.json");

  private CheckpointFiles() {}

  /// {@return the files to fetch}
  ///
  /// @throws HubException if the repository holds no such checkpoint
  static List<String> of(String repository, List<String> names) throws HubException {
    List<String> weights = weights(names);
    if (weights.isEmpty() || !names.contains(CONFIGURATION)) {
      boolean pickled =
          names.stream()
              .map(name -> name.toLowerCase(Locale.ROOT))
              .anyMatch(name -> name.endsWith(".bin") || name.endsWith(".pt"));
      throw new HubException(
          HubException.Reason.CHOICE,
          "%s has neither a GGUF file nor %s with weights in safetensors%s; it has: %s"
              .formatted(
                  repository,
                  CONFIGURATION,
                  pickled ? " (its weights are pickled, which Tern does not read)" : "",
                  FileChoice.list(names)));
    }
    return names.stream()
        .filter(name -> weights.contains(name) || COMPANIONS.contains(name) || isIndex(name))
        .distinct()
        .sorted()
        .toList();
  }

  private static boolean isIndex(String name) {
    return name.endsWith(INDEX) && name.indexOf('/') < 0;
  }

  /// Some repositories hold the same weights twice, the second time as `consolidated.safetensors`.
  private static List<String> weights(List<String> names) {
    List<String> all =
        names.stream().filter(name -> name.endsWith(WEIGHTS) && name.indexOf('/') < 0).toList();
    List<String> usual = all.stream().filter(name -> name.startsWith("model")).toList();
    return usual.isEmpty() ? all : usual;
  }

  /// {@return whether files that are here are all it takes, as far as names tell}
  static boolean isComplete(List<String> names) {
    List<String> weights = weights(names);
    return names.contains(CONFIGURATION)
        && !weights.isEmpty()
        && FileChoice.hasAllParts(weights)
        && names.stream().anyMatch(TOKENIZERS::contains);
  }
}
