package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.gguf.GgufValue;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsTensor;
import dev.tern.source.HuggingFaceConfig.RopeScaling;
import dev.tern.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model in a folder as Hugging Face publishes it: `config.json`, safetensors files and the files
/// of a tokenizer.
public final class HuggingFaceSource implements ModelSource {
  private final Path folder;
  private final SafetensorsFolder files;
  private final GgufMetadata metadata;
  private final Map<String, SourceTensor> tensors;
  private final List<String> notices;

  private HuggingFaceSource(
      Path folder,
      SafetensorsFolder files,
      GgufMetadata metadata,
      Map<String, SourceTensor> tensors,
      List<String> notices) {
    this.folder = folder;
    this.files = files;
    this.metadata = metadata;
    this.tensors = tensors;
    this.notices = List.copyOf(notices);
  }

  /// Opens a folder.
  ///
  /// @param folder with `config.json` and `model.safetensors`, or an index of several
  /// @return the model, to be closed by the caller
  /// @throws IOException if a file cannot be read, or is not there
  /// @throws ModelFormatException if a file is damaged, or files contradict each other
  /// @throws UnsupportedModelException if Tern does not know the class of the model or something
  ///   that it does
  public static HuggingFaceSource open(Path folder) throws IOException {
    HuggingFaceConfig config = HuggingFaceConfig.read(folder);
    if (!SafetensorsFolder.isPresent(folder)) {
      throw new IOException(
          "%s: there is neither a %s nor a %s in this folder; Tern reads weights in safetensors files"
              .formatted(folder, SafetensorsFolder.SINGLE, SafetensorsFolder.INDEX));
    }
    SafetensorsFolder files = SafetensorsFolder.open(folder);
    try {
      List<String> notices = new ArrayList<>();
      int vocabularySize = vocabularySize(config, files);
      Map<String, SourceTensor> tensors =
          HuggingFaceTensors.of(
              config, new CheckpointWeights(files, config.quantization()), vocabularySize, notices);
      GgufMetadata metadata =
          new GgufMetadata(folder.toString(), metadata(folder, config, vocabularySize));
      return new HuggingFaceSource(folder, files, metadata, tensors, notices);
    } catch (Throwable failure) {
      files.close();
      throw failure;
    }
  }

  private static int vocabularySize(HuggingFaceConfig config, SafetensorsFolder files) {
    SafetensorsTensor embedding = files.require("model.embed_tokens.weight");
    long rows = embedding.shape().rows();
    if (config.vocabularySize().orElse((int) Math.min(rows, Integer.MAX_VALUE)) != rows) {
      throw new ModelFormatException(
          "%s: vocab_size is %d, but the embedding is %s"
              .formatted(
                  config.source(), config.vocabularySize().getAsInt(), embedding.description()));
    }
    return (int) rows;
  }

  private static Map<String, GgufValue> metadata(
      Path folder, HuggingFaceConfig config, int vocabularySize) throws IOException {
    String architecture = config.architecture();
    String prefix = architecture + ".";
    Map<String, GgufValue> pairs = new LinkedHashMap<>();
    pairs.put("general.architecture", GgufValue.text(architecture));
    pairs.put("general.name", GgufValue.text(nameOf(folder)));
    pairs.put(prefix + "vocab_size", GgufValue.uint32(vocabularySize));
    pairs.put(prefix + "context_length", GgufValue.uint32(config.contextLength()));
    pairs.put(prefix + "embedding_length", GgufValue.uint32(config.hiddenSize()));
    pairs.put(prefix + "block_count", GgufValue.uint32(config.layerCount()));
    pairs.put(prefix + "feed_forward_length", GgufValue.uint32(config.intermediateSize()));
    pairs.put(prefix + "rope.dimension_count", GgufValue.uint32(config.headDim()));
    pairs.put(prefix + "attention.head_count", GgufValue.uint32(config.headCount()));
    pairs.put(prefix + "attention.head_count_kv", GgufValue.uint32(config.kvHeadCount()));
    if (config.queryWidth() != config.hiddenSize() || config.family() == HuggingFaceFamily.QWEN3) {
      pairs.put(prefix + "attention.key_length", GgufValue.uint32(config.headDim()));
      pairs.put(prefix + "attention.value_length", GgufValue.uint32(config.headDim()));
    }
    pairs.put(prefix + "attention.layer_norm_rms_epsilon", GgufValue.float32(config.rmsNormEps()));
    pairs.put(prefix + "rope.freq_base", GgufValue.float32(config.ropeTheta()));
    if (config.ropeScaling() instanceof RopeScaling.Linear(float factor)) {
      pairs.put(prefix + "rope.scaling.type", GgufValue.text("linear"));
      pairs.put(prefix + "rope.scaling.factor", GgufValue.float32(factor));
    }
    putQuantization(pairs, config);
    Tokenizers.chatTemplate(folder)
        .ifPresent(template -> pairs.put("tokenizer.chat_template", GgufValue.text(template)));
    return pairs;
  }

  /// What no GGUF key of others says: that the inputs of linear layers are rounded where the
  /// architecture does not imply it, and the epsilon of norms inside them.
  private static void putQuantization(Map<String, GgufValue> pairs, HuggingFaceConfig config) {
    QuantizationConfig quantization = config.quantization();
    if (quantization.ternary()
        && config.family() != HuggingFaceFamily.BITNET
        && quantization.coversAllBlocks()) {
      pairs.put(ModelKeys.BIT_LINEAR, GgufValue.bool(true));
    }
    if (quantization.inputNorms()) {
      pairs.put(ModelKeys.INPUT_NORM_EPS, GgufValue.float32(quantization.inputNormEps()));
    }
  }

  private static String nameOf(Path folder) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return name == null ? folder.toString() : name.toString();
  }

  /// {@return the folder, where the tokenizer is too}
  public Path folder() {
    return folder;
  }

  @Override
  public String source() {
    return folder.toString();
  }

  @Override
  public long byteSize() {
    return files.byteSize();
  }

  @Override
  public GgufMetadata metadata() {
    return metadata;
  }

  @Override
  public Map<String, SourceTensor> tensors() {
    return tensors;
  }

  @Override
  public List<String> notices() {
    return notices;
  }

  @Override
  public String toString() {
    return source();
  }

  @Override
  public void close() {
    files.close();
  }
}
