package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codecs;
import dev.tern.safetensors.SafetensorsFolderWriter;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.source.GgufSource;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;
import dev.tern.source.RowOrder;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/// Writes the model of a GGUF file as a Hugging Face folder: ternary weights packed as BitNet
/// checkpoints have them (`autobitlinear`: the scale multiplies), everything else as floats.
///
/// Not safe for use by several threads.
public final class HuggingFaceExport implements Conversion {
  /// How large files become where nobody says: 5 GB, as Hugging Face's tools have it.
  public static final long SHARD_BYTES = 5_000_000_000L;

  private final GgufSource model;
  private final GgufMetadata metadata;
  private final String architecture;
  private final boolean bitLinear;
  private final List<String> notices = new ArrayList<>();
  private final Map<String, ConversionReport.Total> totals = new TreeMap<>();
  private long maxShardBytes = SHARD_BYTES;
  private ConversionProgress progress = (_, _, _) -> {};

  private HuggingFaceExport(GgufSource model) {
    this.model = model;
    this.metadata = model.metadata();
    this.architecture = metadata.requireString("general.architecture");
    this.bitLinear =
        architecture.startsWith("bitnet") || metadata.findBool(ModelKeys.BIT_LINEAR).orElse(false);
  }

  /// Prepares to write a model.
  ///
  /// @param model an open GGUF file
  /// @return the export
  /// @throws UnsupportedModelException if it is a folder already
  public static HuggingFaceExport of(ModelSource model) {
    if (!(model instanceof GgufSource gguf)) {
      throw new UnsupportedModelException(
          "%s: this is a Hugging Face folder already; name a file that ends in .gguf to convert it"
              .formatted(model));
    }
    return new HuggingFaceExport(gguf);
  }

  @Override
  public HuggingFaceExport onProgress(ConversionProgress listener) {
    progress = listener;
    return this;
  }

  /// Sets how large the files of the folder become; [#SHARD_BYTES] if it is not called.
  ///
  /// @param value the bytes of tensors in a file, at least 1; a larger tensor is alone in its file
  /// @return this
  /// @throws IllegalArgumentException if it is less
  public HuggingFaceExport withMaxShardBytes(long value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "the size of a shard must be at least 1 byte, not " + value);
    }
    maxShardBytes = value;
    return this;
  }

  @Override
  public void check(Path folder, boolean overwrite) throws IOException {
    StagedFolder.requireFree(folder, overwrite);
  }

  /// Writes the folder, which is made if it is not there. A model in it is replaced when everything
  /// has been written, and `config.json`, without which nothing loads a folder, comes last.
  @Override
  public ConversionReport write(Path folder, boolean overwrite) throws IOException {
    long begin = System.nanoTime();
    check(folder, overwrite);
    SafetensorsFolderWriter writer = new SafetensorsFolderWriter(maxShardBytes);
    boolean packedHead = addTensors(writer);
    boolean anyPacked = totals.containsKey(SafetensorsType.U8.name());
    byte[] json = new HuggingFaceConfigJson(model, architecture, anyPacked, packedHead).toBytes();
    TokenizerFiles tokenizer = new TokenizerFiles(model, notices);
    long bytes = ModelFolder.write(folder, writer, tokenizer::write, json);
    return new ConversionReport(
        totals, List.of(), notices, model.byteSize(), bytes, System.nanoTime() - begin);
  }

  private boolean addTensors(SafetensorsFolderWriter writer) {
    boolean packedHead = false;
    int headDim = HuggingFaceNames.headDim(metadata, architecture);
    int count = model.tensors().size();
    int done = 0;
    for (SourceTensor tensor : model.tensors().values()) {
      String name = HuggingFaceNames.of(model.source(), architecture, tensor.name());
      int index = done++;
      Runnable beginning = () -> progress.beginning(tensor.name(), index, count);
      RowOrder order = HuggingFaceNames.order(architecture, tensor.name(), headDim);
      if (isPacked(tensor)) {
        addPacked(writer, name, tensor, order, beginning);
        packedHead |= tensor.name().equals("output.weight");
      } else {
        addFloats(writer, name, tensor, order, beginning);
      }
    }
    return packedHead;
  }

  private boolean isPacked(SourceTensor tensor) {
    if (tensor.shape().rank() != 2 || tensor.name().equals("token_embd.weight")) {
      return false;
    }
    return switch (type(tensor)) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> true;
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K, Q1_0, Q2_0, Q2_0_G128 ->
          bitLinear && tensor.name().startsWith("blk.");
    };
  }

  private TensorType type(SourceTensor tensor) {
    return switch (tensor.type()) {
      case TensorType.Resolution.Known(TensorType known) -> known;
      case TensorType.Resolution.Foreign foreign ->
          throw new UnsupportedModelException(
              "%s: the tensor %s is encoded as %s, which Tern does not read: %s"
                  .formatted(model, tensor.name(), foreign.name(), foreign.advice()));
    };
  }

  private void count(SafetensorsType type, Shape shape) {
    totals.merge(
        type.name(),
        new ConversionReport.Total(1, shape.elements(), type.byteSize(shape)),
        ConversionReport.Total::plus);
  }

  private void addPacked(
      SafetensorsFolderWriter writer,
      String name,
      SourceTensor tensor,
      RowOrder order,
      Runnable beginning) {
    Shape shape = tensor.shape();
    if (shape.rows() % 4 != 0) {
      throw new UnsupportedModelException(
          "%s: the tensor %s has %d rows, no multiple of 4, which packed weights have"
              .formatted(model, tensor.name(), shape.rows()));
    }
    Map<String, Float> scale = new HashMap<>();
    Shape packed = Shape.of(shape.rows() / 4, shape.cols());
    count(SafetensorsType.U8, packed);
    writer.add(
        name,
        SafetensorsType.U8,
        packed,
        bytes -> {
          beginning.run();
          CodeSource codes = codes(tensor);
          scale.put(
              name, new PackedRows(codes, shape, order).fill(bytes, tensor, this::notTernary));
          tensor.unload();
        });
    writer.add(
        name + "_scale",
        SafetensorsType.F32,
        Shape.of(1),
        bytes -> bytes.set(PackedRows.FLOAT, 0, Objects.requireNonNull(scale.get(name))));
  }

  private CodeSource codes(SourceTensor tensor) {
    try {
      return Ternary.codes(tensor).orElseThrow(() -> notTernary(tensor, "other values"));
    } catch (IllegalArgumentException notFinite) {
      throw new UnsupportedModelException(
          "%s: the tensor %s cannot be packed: %s"
              .formatted(model, tensor.name(), notFinite.getMessage()),
          notFinite);
    }
  }

  private UnsupportedModelException notTernary(SourceTensor tensor, String what) {
    return new UnsupportedModelException(
        "%s: the weights of %s (%s) are not -1, 0 and +1 times one scale but %s, which packed weights cannot hold; export from the model's I2_S file"
            .formatted(model, tensor.name(), tensor.typeName(), what));
  }

  private void addFloats(
      SafetensorsFolderWriter writer,
      String name,
      SourceTensor tensor,
      RowOrder order,
      Runnable beginning) {
    TensorType target = floatType(type(tensor));
    SafetensorsType type = SafetensorsType.valueOf(target.name());
    count(type, tensor.shape());
    writer.add(
        name,
        type,
        tensor.shape(),
        bytes -> {
          beginning.run();
          fillFloats(tensor, order, target, bytes);
        });
  }

  private void fillFloats(
      SourceTensor tensor, RowOrder order, TensorType target, MemorySegment bytes) {
    try {
      RowBands.encode(
          () -> OrderedRows.of(tensor, order),
          tensor::unload,
          Codecs.of(target)::encode,
          tensor.shape(),
          bytes);
    } catch (IllegalArgumentException notFinite) {
      throw new UnsupportedModelException(
          "%s: the tensor %s cannot be written: %s"
              .formatted(model, tensor.name(), notFinite.getMessage()),
          notFinite);
    }
  }

  /// A type of floats that holds all values exactly.
  private static TensorType floatType(TensorType type) {
    return switch (type) {
      case F16, BF16 -> type;
      default -> TensorType.F32;
    };
  }
}
