package dev.tern.train.config;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// All that makes a training run.
///
/// @param name of the model and its files: no separators, colons, control characters, no point at
///   the beginning, and none of the names in the folder of a run
/// @param output folder of the run: checkpoints, log, samples, the model itself
/// @param model its shape
/// @param tokenizer where its tokenizer comes from
/// @param data what it learns from
/// @param optimizer how its weights are changed
/// @param warmUp how it gets used to its quantizers
/// @param initial a Hugging Face folder whose weights it begins with; random ones without
/// @param distillation what it learns from another model
/// @param run how long, and what else
public record TrainingConfig(
    String name,
    Path output,
    ModelSettings model,
    TokenizerSettings tokenizer,
    DataSettings data,
    OptimizerSettings optimizer,
    QuantizationWarmUp warmUp,
    Optional<Path> initial,
    Optional<DistillationSettings> distillation,
    RunSettings run) {
  /// Files and folders of a run that the model must not be written over.
  private static final Set<String> TAKEN =
      Set.of(
          "checkpoints",
          "tokenizer",
          "tokens",
          "config.yaml",
          "log.csv",
          "log.jsonl",
          "samples.jsonl",
          "loss.png",
          "loss.svg");

  private static final Pattern NO_FILE_NAME = Pattern.compile("^\\.|[/\\\\:\\p{Cntrl}]");

  /// Checks the name, which becomes that of files.
  ///
  /// @throws ConfigException if a file cannot be called so, or another of the run's is
  public TrainingConfig {
    if (name.isBlank() || NO_FILE_NAME.matcher(name).find()) {
      throw new ConfigException(
          "name: '%s' cannot be the name of a file: it is empty, begins with a point, or has a separator, a colon or a control character"
              .formatted(NO_FILE_NAME.matcher(name).replaceAll("?")));
    }
    if (TAKEN.contains(name.toLowerCase(Locale.ROOT))) {
      throw new ConfigException(
          "name: '%s' is what the run calls something else in its folder; choose another"
              .formatted(name));
    }
  }
}
