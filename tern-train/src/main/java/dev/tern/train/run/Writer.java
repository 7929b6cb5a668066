package dev.tern.train.run;

import dev.tern.GenerationOptions;
import dev.tern.TernModel;
import dev.tern.train.config.RunSettings;
import dev.tern.train.export.ModelExport;
import dev.tern.train.network.CausalLanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/// Lets a model that is being trained write, with the engine that will serve it. What fails there
/// is told and does not end the run.
///
/// @param settings with prompts and seed
/// @param step that is done
/// @param notice is told what cannot be written, and why
record Writer(RunSettings settings, long step, Consumer<String> notice) {
  private static final int MOST_TOKENS = 200;

  /// {@return what could be written}
  ///
  /// @param copy of the network, which is rounded for the export
  /// @param tokenizer folder with its files
  /// @param folder for a file that is deleted again
  List<SampleReport> write(CausalLanguageModel copy, Path tokenizer, Path folder) {
    List<SampleReport> samples = new ArrayList<>();
    try {
      Path scratch = Files.createTempFile(folder, ".sample", ".gguf");
      try {
        new ModelExport(copy, tokenizer).writeGguf(scratch);
        try (TernModel model = TernModel.load(scratch)) {
          GenerationOptions options = options(copy.settings().context());
          settings
              .samplePrompts()
              .forEach(prompt -> write(model, prompt, options).ifPresent(samples::add));
        }
      } finally {
        Files.deleteIfExists(scratch);
      }
    } catch (IOException | RuntimeException failed) {
      notice.accept("step %d: no samples: %s".formatted(step, reason(failed)));
    }
    return samples;
  }

  private GenerationOptions options(int context) {
    return GenerationOptions.defaults().toBuilder()
        .seed(settings.seed())
        .maxTokens(Math.min(MOST_TOKENS, context / 2))
        .build();
  }

  private Optional<SampleReport> write(TernModel model, String prompt, GenerationOptions options) {
    try {
      return Optional.of(new SampleReport(step, prompt, model.generate(prompt, options).text()));
    } catch (RuntimeException failed) {
      String beginning = prompt.substring(0, Math.min(40, prompt.length()));
      notice.accept(
          "step %d: no sample that begins with '%s': %s"
              .formatted(step, beginning, reason(failed)));
      return Optional.empty();
    }
  }

  private static String reason(Exception failed) {
    return Objects.requireNonNullElse(failed.getMessage(), failed.toString());
  }
}
