package dev.tern.cli;

import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.ConfigWriter;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.DistillationSettings;
import dev.tern.train.config.RunSettings;
import dev.tern.train.config.TokenizerSettings;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.network.ParameterLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What a training run would be: `tern train --dry-run`.
final class TrainPreview {
  private TrainPreview() {}

  /// Prints all settings to standard output, and what they come to on standard error.
  ///
  /// @throws ConfigException if text is missing that the settings name
  /// @throws IOException if a tokenizer that they name cannot be read
  static void print(TrainingConfig config, StandardStreams streams) throws IOException {
    requirePresent(config);
    streams.out().print(ConfigWriter.write(config));
    streams.out().flush();
    int vocabulary =
        switch (config.tokenizer()) {
          case TokenizerSettings.Existing(Path path) -> Tokenizers.load(path).vocabularySize();
          case TokenizerSettings.Learnt learnt -> learnt.size();
        };
    List<ParameterLayout.Entry> entries = ParameterLayout.of(config.model(), vocabulary);
    long parameters = entries.stream().mapToLong(ParameterLayout.Entry::elements).sum();
    RunSettings run = config.run();
    long perStep = (long) run.sequences() * run.accumulation() * config.model().context();
    streams
        .err()
        .println(
            String.format(
                Locale.ROOT,
                "%s: %s parameters, %s tokens in a step, %s in %,d steps; nothing was trained",
                Printable.line(config.name()),
                count(parameters),
                count(perStep),
                count(perStep * run.steps()),
                run.steps()));
  }

  private static void requirePresent(TrainingConfig config) throws IOException {
    List<Path> named =
        Stream.of(
                Stream.concat(config.data().train().stream(), config.data().validation().stream())
                    .map(CorpusSettings::path),
                config.initial().stream(),
                config.distillation().map(DistillationSettings::teacher).stream())
            .flatMap(paths -> paths)
            .toList();
    for (Path path : named) {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
    }
  }

  /// {@return for example `4.2 M`}
  static String count(long number) {
    double value = number;
    String[] units = {"", " k", " M", " G", " T"};
    int unit = 0;
    while (value >= 999.95 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return unit == 0
        ? Long.toString(number)
        : String.format(Locale.ROOT, "%.1f%s", value, units[unit]);
  }
}
