package dev.tern.train.checkpoint;

import dev.tern.train.config.ModelSettings;
import dev.tern.train.network.CausalLanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `progress.json` says: how far the run had come, and with which model. Shapes of arrays do
/// not tell models apart whose blocks, rounding or heads are others.
///
/// @param step as in [Progress]
/// @param tokens as in [Progress]
/// @param seconds as in [Progress]
/// @param model settings by their names in a configuration; absent in files of older versions
record SavedProgress(long step, long tokens, double seconds, @Nullable Map<String, String> model) {
  static SavedProgress of(Progress progress, CausalLanguageModel model) {
    return new SavedProgress(
        progress.step(), progress.tokens(), progress.seconds(), settings(model));
  }

  Progress progress() {
    return new Progress(step, tokens, seconds);
  }

  /// Refuses another model than the one that was saved.
  ///
  /// @param file for messages
  /// @throws CheckpointException if a setting differs, by its name
  void require(CausalLanguageModel other, Path file) throws IOException {
    if (model == null) {
      throw new CheckpointException(
          "%s does not say which model it belongs to, as an older version of Tern wrote it: restart the run"
              .formatted(file));
    }
    for (Map.Entry<String, String> setting : settings(other).entrySet()) {
      String saved = model.get(setting.getKey());
      if (!setting.getValue().equals(saved)) {
        throw new CheckpointException(
            "%s: %s is %s there and %s here; the checkpoint belongs to another configuration: restart the run, or use the one it was made with"
                .formatted(file, setting.getKey(), saved, setting.getValue()));
      }
    }
  }

  private static Map<String, String> settings(CausalLanguageModel model) {
    ModelSettings shape = model.settings();
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("model.style", lower(shape.style()));
    settings.put("model.weights", lower(shape.weights()));
    settings.put("model.activations", lower(shape.activations()));
    settings.put("model.hidden", String.valueOf(shape.hidden()));
    settings.put("model.layers", String.valueOf(shape.layers()));
    settings.put("model.heads", String.valueOf(shape.heads()));
    settings.put("model.kv_heads", String.valueOf(shape.kvHeads()));
    settings.put("model.feed_forward", String.valueOf(shape.feedForward()));
    settings.put("model.context", String.valueOf(shape.context()));
    settings.put("model.rope_theta", String.valueOf(shape.ropeTheta()));
    settings.put("model.norm_epsilon", String.valueOf(shape.normEpsilon()));
    settings.put("model.tied_embeddings", String.valueOf(shape.tiedEmbeddings()));
    settings.put("the size of the vocabulary", String.valueOf(model.vocabularySize()));
    return settings;
  }

  private static String lower(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
