package dev.tern.testing;

import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.safetensors.SafetensorsWriter;
import dev.tern.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// A tiny Hugging Face folder in pieces, for tests that need one that is special in a certain way.
///
/// One layer, hidden and intermediate size 128, 4 heads of 32 that share 2 KV heads, 8 tokens.
public final class CheckpointFolder {
  /// Rows and columns of the square matrices.
  public static final int WIDTH = 128;

  private static final int TOKENS = 8;

  private final Map<String, String> config = new LinkedHashMap<>();
  private final Map<String, Entry> tensors = new LinkedHashMap<>();
  private final SplittableRandom random = new SplittableRandom(7);

  @SuppressWarnings("ArrayRecordComponent")
  private record Entry(SafetensorsType type, Shape shape, byte[] data) {}

  private final int width;

  private CheckpointFolder(String className, String type, int width) {
    this.width = width;
    config("architectures", "[\"%s\"]".formatted(className));
    config("model_type", "\"%s\"".formatted(type));
    config("hidden_size", Integer.toString(width));
    config("intermediate_size", Integer.toString(width));
    config("num_hidden_layers", "1");
    config("num_attention_heads", "4");
    config("num_key_value_heads", "2");
    config("vocab_size", "8");
    config("tie_word_embeddings", "true");
    floats("model.embed_tokens.weight", Shape.of(TOKENS, width));
    floats("model.norm.weight", Shape.of(width));
    floats("model.layers.0.input_layernorm.weight", Shape.of(width));
    floats("model.layers.0.post_attention_layernorm.weight", Shape.of(width));
  }

  /// Begins a Llama of packed weights, which are divided by their scales.
  public static CheckpointFolder packedLlama() {
    return packedLlama(WIDTH);
  }

  /// Begins a Llama of packed weights.
  ///
  /// @param width rows and columns of its square matrices, a multiple of 8
  public static CheckpointFolder packedLlama(int width) {
    CheckpointFolder folder = new CheckpointFolder("LlamaForCausalLM", "llama", width);
    folder.config("quantization_config", "{\"quant_method\":\"bitnet\"}");
    for (String module : folder.modules()) {
      folder.packed(module, 4);
    }
    return folder;
  }

  /// Begins a BitNet of master weights with 1bitLLM's names.
  public static CheckpointFolder masters() {
    CheckpointFolder folder = new CheckpointFolder("BitnetForCausalLM", "llama", WIDTH);
    folder.config("hidden_act", "\"silu\"");
    for (String module : folder.modules()) {
      folder.floats(module + ".weight", Shape.of(folder.rows(module), WIDTH));
    }
    folder.floats("model.layers.0.self_attn.inner_attn_ln.weight", Shape.of(WIDTH));
    folder.floats("model.layers.0.mlp.ffn_layernorm.weight", Shape.of(WIDTH));
    return folder;
  }

  /// {@return the linear layers}
  public List<String> modules() {
    List<String> modules = new ArrayList<>();
    for (String name : List.of("q", "k", "v", "o")) {
      modules.add("model.layers.0.self_attn." + name + "_proj");
    }
    for (String name : List.of("gate", "up", "down")) {
      modules.add("model.layers.0.mlp." + name + "_proj");
    }
    return modules;
  }

  private int rows(String module) {
    return module.contains("k_proj") || module.contains("v_proj") ? width / 2 : width;
  }

  /// Sets a member of `config.json` to JSON.
  public CheckpointFolder config(String name, String json) {
    config.put(name, json);
    return this;
  }

  /// Takes a member of `config.json` away.
  public CheckpointFolder withoutConfig(String name) {
    config.remove(name);
    return this;
  }

  /// Takes a tensor away.
  public CheckpointFolder drop(String name) {
    if (tensors.remove(name) == null) {
      throw new IllegalArgumentException("there is no tensor " + name);
    }
    return this;
  }

  /// Sets a tensor of any type.
  public CheckpointFolder set(String name, SafetensorsType type, Shape shape, byte[] data) {
    tensors.put(name, new Entry(type, shape, data));
    return this;
  }

  /// Sets a tensor of 32-bit floats.
  public CheckpointFolder set(String name, Shape shape, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return set(name, SafetensorsType.F32, shape, bytes.array());
  }

  /// Sets a tensor of random floats.
  public CheckpointFolder floats(String name, Shape shape) {
    float[] values = new float[Math.toIntExact(shape.elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-1, 1);
    }
    return set(name, shape, values);
  }

  /// Sets the weights of a linear layer to random packed codes with a scale.
  public CheckpointFolder packed(String module, float scale) {
    byte[] bytes = new byte[rows(module) / 4 * width];
    for (int i = 0; i < bytes.length; i++) {
      for (int part = 0; part < 4; part++) {
        bytes[i] |= (byte) (random.nextInt(3) << (2 * part));
      }
    }
    set(module + ".weight", SafetensorsType.U8, Shape.of(rows(module) / 4, width), bytes);
    return set(module + ".weight_scale", Shape.of(1), scale);
  }

  /// {@return a tensor's bytes}
  public byte[] data(String name) {
    return tensors.get(name).data;
  }

  /// Writes the folder, with everything but a tokenizer.
  ///
  /// @return the folder
  public Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> members = new ArrayList<>();
    config.forEach((name, json) -> members.add("\"%s\":%s".formatted(name, json)));
    writeConfig(folder, "{%s}".formatted(String.join(",", members)));
    SafetensorsWriter writer = new SafetensorsWriter();
    tensors.forEach((name, entry) ->
        writer.add(name, entry.type, entry.shape, bytes -> bytes.asByteBuffer().put(entry.data)));
    writer.write(folder.resolve(SafetensorsFolder.SINGLE));
    return folder;
  }

  /// Replaces the `config.json` of a folder.
  public static void writeConfig(Path folder, String json) throws IOException {
    Files.writeString(folder.resolve("config.json"), json);
  }
}
