package dev.tern.synthetic;

import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.tensor.NativeMemory;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;

/// A model of random weights as a GGUF file that loads like a real one, on disk or in memory.
///
/// Immutable. The same description and seed give the same file.
///
/// @param shape the model's shape
/// @param linearType the encoding of the linear layers of all blocks
/// @param embeddingType the encoding of the embedding, which is also the head
/// @param seed of the weights
public record SyntheticModel(
    SyntheticShape shape, TensorType linearType, TensorType embeddingType, long seed) {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// {@return a model as BitNet models are published: I2_S layers and an F16 embedding}
  ///
  /// @param shape the model's shape
  public static SyntheticModel of(SyntheticShape shape) {
    return new SyntheticModel(shape, TensorType.I2_S, TensorType.F16, 1);
  }

  /// {@return this model with another encoding of its linear layers}
  ///
  /// @param type any encoding that can hold them
  public SyntheticModel withLinearType(TensorType type) {
    return new SyntheticModel(shape, type, embeddingType, seed);
  }

  /// {@return this model with another encoding of its embedding}
  ///
  /// @param type any encoding that can hold it
  public SyntheticModel withEmbeddingType(TensorType type) {
    return new SyntheticModel(shape, linearType, type, seed);
  }

  /// Writes the model.
  ///
  /// @param path the file to create or replace
  /// @throws IOException if writing fails
  /// @throws IllegalArgumentException if an encoding cannot hold a tensor of this shape
  public void write(Path path) throws IOException {
    writer(_ -> {}).write(path);
  }

  /// {@return the size of the model's file in bytes}
  ///
  /// @throws IllegalArgumentException if an encoding cannot hold a tensor of this shape
  public long byteSize() {
    return writer(_ -> {}).byteSize();
  }

  /// Makes in memory what [#write] writes, on all processors, for [dev.tern.gguf.GgufFile#of].
  ///
  /// @param arena owns the memory; one that several threads may use
  /// @param progress told how many bytes have been made since the last time, by any thread
  /// @return the bytes of the file
  /// @throws IllegalArgumentException if an encoding cannot hold a tensor of this shape
  /// @throws OutOfMemoryError if the system does not give the memory; some systems do so only when
  ///   it is used, and end the process
  public MemorySegment toMemory(Arena arena, LongConsumer progress) {
    GgufWriter writer = writer(progress);
    // As a file's pages are, whose speed is to be measured: small.
    MemorySegment bytes = NativeMemory.allocate(arena, writer.byteSize(), false);
    try {
      writer.write(bytes);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes;
  }

  private GgufWriter writer(LongConsumer progress) {
    GgufWriter writer = new GgufWriter();
    putMetadata(writer);
    SyntheticVocabulary.put(writer, shape.vocabularySize());
    addTensors(writer, progress);
    return writer;
  }

  private void putMetadata(GgufWriter writer) {
    String prefix = shape.architecture() + ".";
    writer
        .put("general.architecture", GgufValue.text(shape.architecture()))
        .put("general.name", GgufValue.text(shape.name() + " of random weights"))
        .put(prefix + "vocab_size", GgufValue.uint32(shape.vocabularySize()))
        .put(prefix + "context_length", GgufValue.uint32(shape.contextLength()))
        .put(prefix + "embedding_length", GgufValue.uint32(shape.hiddenSize()))
        .put(prefix + "block_count", GgufValue.uint32(shape.layerCount()))
        .put(prefix + "feed_forward_length", GgufValue.uint32(shape.intermediateSize()))
        .put(prefix + "rope.dimension_count", GgufValue.uint32(shape.headDim()))
        .put(prefix + "attention.head_count", GgufValue.uint32(shape.headCount()))
        .put(prefix + "attention.head_count_kv", GgufValue.uint32(shape.kvHeadCount()))
        .put(prefix + "attention.key_length", GgufValue.uint32(shape.headDim()))
        .put(prefix + "attention.value_length", GgufValue.uint32(shape.headDim()))
        .put(prefix + "attention.layer_norm_rms_epsilon", GgufValue.float32(shape.rmsNormEps()))
        .put(prefix + "rope.freq_base", GgufValue.float32(shape.ropeTheta()));
  }

  private void addTensors(GgufWriter writer, LongConsumer progress) {
    int hidden = shape.hiddenSize();
    int queries = shape.headCount() * shape.headDim();
    int keys = shape.kvHeadCount() * shape.headDim();
    int intermediate = shape.intermediateSize();
    addMatrix(writer, "token_embd.weight", embeddingType, shape.vocabularySize(), hidden, progress);
    for (int layer = 0; layer < shape.layerCount(); layer++) {
      String block = "blk." + layer + ".";
      addNorm(writer, block + "attn_norm.weight", hidden);
      addMatrix(writer, block + "attn_q.weight", linearType, queries, hidden, progress);
      addMatrix(writer, block + "attn_k.weight", linearType, keys, hidden, progress);
      addMatrix(writer, block + "attn_v.weight", linearType, keys, hidden, progress);
      addMatrix(writer, block + "attn_output.weight", linearType, hidden, queries, progress);
      addNorm(writer, block + "ffn_norm.weight", hidden);
      addMatrix(writer, block + "ffn_gate.weight", linearType, intermediate, hidden, progress);
      addMatrix(writer, block + "ffn_up.weight", linearType, intermediate, hidden, progress);
      addMatrix(writer, block + "ffn_down.weight", linearType, hidden, intermediate, progress);
      if (shape.hasSubNorms()) {
        addNorm(writer, block + "attn_sub_norm.weight", queries);
        addNorm(writer, block + "ffn_sub_norm.weight", intermediate);
      }
      if (shape.hasHeadNorms()) {
        addNorm(writer, block + "attn_q_norm.weight", shape.headDim());
        addNorm(writer, block + "attn_k_norm.weight", shape.headDim());
      }
    }
    addNorm(writer, "output_norm.weight", hidden);
  }

  private long seedOf(String name) {
    return new SplittableRandom(seed * 31 + name.hashCode()).nextLong();
  }

  private void addNorm(GgufWriter writer, String name, int width) {
    SplittableRandom random = new SplittableRandom(seedOf(name));
    writer.add(
        name,
        TensorType.F32,
        Shape.of(width),
        bytes -> {
          for (int i = 0; i < width; i++) {
            bytes.set(FLOAT, (long) i * Float.BYTES, 0.75f + random.nextInt(128) / 256f);
          }
        });
  }

  private void addMatrix(
      GgufWriter writer, String name, TensorType type, int rows, int cols, LongConsumer progress) {
    Shape matrix = Shape.of(rows, cols);
    SyntheticWeights weights = new SyntheticWeights(type, matrix, seedOf(name));
    writer.add(name, type, matrix, bytes -> weights.fill(bytes, progress));
  }
}
