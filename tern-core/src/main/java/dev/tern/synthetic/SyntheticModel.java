package dev.tern.synthetic;

import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.SplittableRandom;

/// A model of random weights, written as a GGUF file that loads like a real one.
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
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// The bytes of four ternary codes: every combination of 0, 1 and 2 in four 2-bit fields.
  private static final byte[] TERNARY_BYTES = ternaryBytes();

  private static final int NORMAL_SAMPLES = 1 << 14;

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
    GgufWriter writer = new GgufWriter();
    putMetadata(writer);
    SyntheticVocabulary.put(writer, shape.vocabularySize());
    addTensors(writer);
    writer.write(path);
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

  private void addTensors(GgufWriter writer) {
    int hidden = shape.hiddenSize();
    int queries = shape.headCount() * shape.headDim();
    int keys = shape.kvHeadCount() * shape.headDim();
    int intermediate = shape.intermediateSize();
    addMatrix(writer, "token_embd.weight", embeddingType, shape.vocabularySize(), hidden);
    for (int layer = 0; layer < shape.layerCount(); layer++) {
      String block = "blk." + layer + ".";
      addNorm(writer, block + "attn_norm.weight", hidden);
      addMatrix(writer, block + "attn_q.weight", linearType, queries, hidden);
      addMatrix(writer, block + "attn_k.weight", linearType, keys, hidden);
      addMatrix(writer, block + "attn_v.weight", linearType, keys, hidden);
      addMatrix(writer, block + "attn_output.weight", linearType, hidden, queries);
      addNorm(writer, block + "ffn_norm.weight", hidden);
      addMatrix(writer, block + "ffn_gate.weight", linearType, intermediate, hidden);
      addMatrix(writer, block + "ffn_up.weight", linearType, intermediate, hidden);
      addMatrix(writer, block + "ffn_down.weight", linearType, hidden, intermediate);
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

  private SplittableRandom random(String name) {
    return new SplittableRandom(seed * 31 + name.hashCode());
  }

  private void addNorm(GgufWriter writer, String name, int width) {
    SplittableRandom random = random(name);
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

  private void addMatrix(GgufWriter writer, String name, TensorType type, int rows, int cols) {
    Shape matrix = Shape.of(rows, cols);
    SplittableRandom random = random(name);
    float dequantScale = (float) (1 / Math.sqrt(cols));
    writer.add(
        name,
        type,
        matrix,
        bytes -> {
          switch (type) {
            case I2_S -> fillI2s(bytes, matrix.elements() / 4, dequantScale, random);
            case F16 -> fillF16(bytes, dequantScale, random);
            default -> encode(type, matrix, bytes, dequantScale, random);
          }
        });
  }

  private static void fillI2s(
      MemorySegment bytes, long codeBytes, float dequantScale, SplittableRandom random) {
    for (long i = 0; i < codeBytes; i++) {
      bytes.set(ValueLayout.JAVA_BYTE, i, TERNARY_BYTES[random.nextInt(TERNARY_BYTES.length)]);
    }
    bytes.set(FLOAT, codeBytes, dequantScale);
  }

  /// Samples drawn once and repeated in random order: a large embedding would take many seconds
  /// otherwise.
  private static void fillF16(MemorySegment bytes, float deviation, SplittableRandom random) {
    short[] samples = new short[NORMAL_SAMPLES];
    for (int i = 0; i < NORMAL_SAMPLES; i++) {
      samples[i] = Float.floatToFloat16((float) (random.nextGaussian() * deviation));
    }
    for (long at = 0; at < bytes.byteSize(); at += Short.BYTES) {
      bytes.set(SHORT, at, samples[random.nextInt(NORMAL_SAMPLES)]);
    }
  }

  /// Ternary values for low-bit encodings, normally distributed ones for others.
  private static void encode(
      TensorType type,
      Shape matrix,
      MemorySegment bytes,
      float dequantScale,
      SplittableRandom random) {
    long rowSeed = random.nextLong();
    Codecs.of(type)
        .encode(
            (row, values) -> {
              SplittableRandom ofRow = new SplittableRandom(rowSeed + row);
              for (int col = 0; col < values.length; col++) {
                values[col] =
                    type == TensorType.Q1_0
                        ? dequantScale * (2 * ofRow.nextInt(2) - 1)
                        : type.isLowBit()
                            ? dequantScale * (ofRow.nextInt(3) - 1)
                            : (float) (dequantScale * ofRow.nextGaussian());
              }
            },
            matrix,
            bytes);
  }

  private static byte[] ternaryBytes() {
    byte[] all = new byte[81];
    int count = 0;
    for (int value = 0; value < 256; value++) {
      boolean ternary = (value & (value >> 1) & 0x55) == 0;
      if (ternary) {
        all[count++] = (byte) value;
      }
    }
    return all;
  }
}
