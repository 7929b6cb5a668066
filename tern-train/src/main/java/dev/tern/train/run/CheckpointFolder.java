package dev.tern.train.run;

import ai.djl.ndarray.NDManager;
import dev.tern.gguf.GgufMetadata;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsTensor;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.network.Parameter;
import dev.tern.train.network.ParameterLayout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/// Networks from Hugging Face folders.
final class CheckpointFolder {
  private CheckpointFolder() {}

  /// {@return a network of a given shape that begins with the weights in a folder; norms that the
  /// folder does not have are 1}
  ///
  /// @param key of the setting that names the folder, for messages
  static CausalLanguageModel model(
      Path folder, String key, ModelSettings settings, int vocabularySize, NDManager manager)
      throws IOException {
    try (SafetensorsFolder files = SafetensorsFolder.open(folder)) {
      return CausalLanguageModel.create(
          settings, vocabularySize, entry -> values(files, key, entry), manager);
    }
  }

  /// {@return the network in a folder, which must be a LLaMA in full precision}
  static CausalLanguageModel teacher(Path folder, NDManager manager) throws IOException {
    ModelSettings settings;
    int vocabularySize;
    try (ModelSource source = ModelSource.open(folder)) {
      GgufMetadata facts = source.metadata();
      String architecture = facts.requireString("general.architecture");
      boolean rounded = facts.findBool(ModelKeys.BIT_LINEAR).orElse(false);
      if (!architecture.equals("llama") || rounded) {
        throw new ConfigException(
            "distillation.teacher: %s is a %s model%s; a teacher is a llama in full precision"
                .formatted(folder, architecture, rounded ? " with quantized linear layers" : ""));
      }
      boolean tied = !source.tensors().containsKey("output.weight");
      settings = settings(facts, tied);
      SourceTensor embedding = Objects.requireNonNull(source.tensors().get("token_embd.weight"));
      vocabularySize = Math.toIntExact(embedding.shape().dimension(0));
    }
    return model(folder, "distillation.teacher", settings, vocabularySize, manager);
  }

  private static ModelSettings settings(GgufMetadata facts, boolean tied) {
    int heads = facts.requireInt("llama.attention.head_count");
    return new ModelSettings(
        BlockStyle.LLAMA,
        WeightMethod.FULL,
        ActivationMethod.FULL,
        facts.requireInt("llama.embedding_length"),
        facts.requireInt("llama.block_count"),
        heads,
        facts.findInt("llama.attention.head_count_kv").orElse(heads),
        facts.requireInt("llama.feed_forward_length"),
        facts.requireInt("llama.context_length"),
        facts.findFloat("llama.rope.freq_base").orElse(10_000f),
        facts.findFloat("llama.attention.layer_norm_rms_epsilon").orElse(1e-5f),
        tied);
  }

  private static float[] values(SafetensorsFolder files, String key, ParameterLayout.Entry entry) {
    Optional<SafetensorsTensor> found = files.find(entry.name());
    boolean norm = entry.role() == Parameter.Role.NORM;
    float[] values = new float[Math.toIntExact(entry.elements())];
    if (found.isEmpty() && norm) {
      Arrays.fill(values, 1);
      return values;
    }
    SafetensorsTensor tensor =
        found.orElseThrow(() ->
            new ConfigException(
                "%s: %s has no %s; the folder must hold a model of the shape under model"
                    .formatted(key, files.source(), entry.name())));
    if (!tensor.type().isFloat()
        || tensor.shape().cols() != entry.cols()
        || tensor.shape().rows() != entry.rows()) {
      throw new ConfigException(
          "%s: %s in %s is %s, and the settings under model make it %d x %d floats"
              .formatted(
                  key,
                  entry.name(),
                  files.source(),
                  tensor.description(),
                  entry.rows(),
                  entry.cols()));
    }
    float[] row = new float[entry.cols()];
    for (int index = 0; index < entry.rows(); index++) {
      tensor.readRow(index, row);
      System.arraycopy(row, 0, values, index * row.length, row.length);
    }
    return values;
  }
}
