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

/// Lets a model that is being trained write, with the engine that will serve it.
final class Writer {
  private static final int MOST_TOKENS = 200;

  private Writer() {}

  /// @param copy of the network, which is rounded for the export
  static List<SampleReport> write(
      CausalLanguageModel copy, Path tokenizer, RunSettings settings, Path folder, long step)
      throws IOException {
    Path scratch = Files.createTempFile(folder, ".sample", ".gguf");
    List<SampleReport> samples = new ArrayList<>();
    try {
      new ModelExport(copy, tokenizer).writeGguf(scratch);
      GenerationOptions options =
          GenerationOptions.defaults().toBuilder()
              .seed(settings.seed())
              .maxTokens(Math.min(MOST_TOKENS, copy.settings().context() / 2))
              .build();
      try (TernModel model = TernModel.load(scratch)) {
        for (String prompt : settings.samplePrompts()) {
          samples.add(new SampleReport(step, prompt, model.generate(prompt, options).text()));
        }
      }
    } finally {
      Files.deleteIfExists(scratch);
    }
    return samples;
  }
}
