package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.gguf.GgufMetadata;
import dev.tern.quant.Codecs;
import dev.tern.quant.RowSource;
import dev.tern.safetensors.Float8;
import dev.tern.safetensors.SafetensorsFolderWriter;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.source.GgufSource;
import dev.tern.source.HuggingFaceSource;
import dev.tern.source.ModelKeys;
import dev.tern.source.ModelSource;
import dev.tern.source.RowOrder;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Shape;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Writes a model as a Hugging Face folder whose linear layers are floats of 8 bits, which GGUF has
/// no type for.
///
/// A weight is rounded to the nearest E4M3 or E5M2 as it is. There is no scale beside it: nothing
/// in a `config.json` without a quantization method tells a reader that there is one, and a reader
/// that passes over it computes another model. So weights below 2^-6 have fewer bits in E4M3, those
/// below 2^-14 in E5M2.
///
/// Not safe for use by several threads.
public final class Float8Export implements Conversion {
  private static final String ROPE_FACTORS = "rope_freqs.weight";

  private final ModelSource model;
  private final GgufMetadata metadata;
  private final String architecture;
  private final SafetensorsType linear;
  private final Optional<TensorType> embedding;
  private final List<String> notices;
  private final Map<String, ConversionReport.Total> totals = new TreeMap<>();
  private ConversionProgress progress = (_, _, _) -> {};
  private Optional<Prepared> prepared = Optional.empty();

  private record Prepared(
      SafetensorsFolderWriter weights, ModelFolder.Extras extras, ModelFolder.Config config) {}

  private Float8Export(ModelSource model, SafetensorsType linear, Optional<TensorType> embedding) {
    this.model = model;
    this.metadata = model.metadata();
    this.architecture = metadata.requireString("general.architecture");
    this.linear = linear;
    this.embedding = embedding;
    this.notices = new ArrayList<>(model.notices());
  }

  /// Prepares to write a model.
  ///
  /// @param model an open model
  /// @param linear F8_E4M3 or F8_E5M2
  /// @param embedding F32, F16 or BF16 for embedding and head; if it is not given, BF16 stays, and
  ///   all else becomes F16
  /// @return the export
  /// @throws UnsupportedModelException if the inputs of its layers are rounded to int8, which such
  ///   a folder does not say
  /// @throws IllegalArgumentException if a type is none of these
  public static Float8Export of(
      ModelSource model, SafetensorsType linear, Optional<TensorType> embedding) {
    if (linear != SafetensorsType.F8_E4M3 && linear != SafetensorsType.F8_E5M2) {
      throw new IllegalArgumentException(linear + " is neither F8_E4M3 nor F8_E5M2");
    }
    embedding
        .filter(type -> !isFloat(type))
        .ifPresent(type -> {
          throw new IllegalArgumentException(
              type + " is not held by a folder; choose F32, F16 or BF16");
        });
    Float8Export export = new Float8Export(model, linear, embedding);
    export.refuseBitNet();
    return export;
  }

  private static boolean isFloat(TensorType type) {
    return type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16;
  }

  private void refuseBitNet() {
    boolean said =
        architecture.startsWith("bitnet") || metadata.findBool(ModelKeys.BIT_LINEAR).orElse(false);
    boolean encoded =
        model.tensors().values().stream()
            .map(tensor -> EncodingPlan.known(model, tensor))
            .anyMatch(EncodingPlan::roundsInput);
    if (said || encoded) {
      throw new UnsupportedModelException(
          "%s: the inputs of its linear layers are rounded to int8, which a folder of 8-bit floats does not say; these are for models of full precision"
              .formatted(model));
    }
  }

  @Override
  public Float8Export onProgress(ConversionProgress listener) {
    progress = listener;
    return this;
  }

  @Override
  public void check(Path folder, boolean overwrite) throws IOException {
    StagedFolder.requireFree(folder, overwrite);
    Targets.requireSpace(folder, prepared().weights.dataBytes());
  }

  private Prepared prepared() throws IOException {
    if (prepared.isEmpty()) {
      SafetensorsFolderWriter weights = new SafetensorsFolderWriter(HuggingFaceExport.SHARD_BYTES);
      addTensors(weights);
      prepared =
          Optional.of(
              switch (model) {
                case GgufSource gguf -> {
                  byte[] config =
                      new HuggingFaceConfigJson(model, architecture, false, false).toBytes();
                  TokenizerFiles tokenizer = new TokenizerFiles(gguf, notices);
                  yield new Prepared(weights, tokenizer::write, () -> config);
                }
                case HuggingFaceSource checkpoint -> {
                  CheckpointCopies copies = new CheckpointCopies(checkpoint.folder());
                  yield new Prepared(weights, copies::write, copies::config);
                }
              });
    }
    return prepared.get();
  }

  /// Writes the folder, which is made if it is not there. `config.json`, without which nothing
  /// loads it, comes last.
  @Override
  public ConversionReport write(Path folder, boolean overwrite) throws IOException {
    long begin = System.nanoTime();
    check(folder, overwrite);
    Prepared ready = prepared();
    long bytes = ModelFolder.write(folder, ready.weights, ready.extras, ready.config.read());
    return new ConversionReport(
        totals, List.of(), notices, model.byteSize(), bytes, System.nanoTime() - begin);
  }

  private void addTensors(SafetensorsFolderWriter writer) {
    int count = model.tensors().size();
    int done = 0;
    for (SourceTensor tensor : model.tensors().values()) {
      int index = done++;
      if (tensor.name().equals(ROPE_FACTORS) && model instanceof HuggingFaceSource) {
        // Computed from config.json, which is copied.
        continue;
      }
      SafetensorsType type = type(tensor);
      Shape shape = tensor.shape();
      totals.merge(
          type.name(),
          new ConversionReport.Total(1, shape.elements(), type.byteSize(shape)),
          ConversionReport.Total::plus);
      writer.add(
          HuggingFaceNames.of(model.source(), architecture, tensor.name()),
          type,
          shape,
          bytes -> {
            progress.beginning(tensor.name(), index, count);
            fill(tensor, type, bytes);
          });
    }
  }

  private SafetensorsType type(SourceTensor tensor) {
    TensorType own = EncodingPlan.known(model, tensor);
    if (EncodingPlan.isVector(tensor)) {
      return SafetensorsType.valueOf((isFloat(own) ? own : TensorType.F32).name());
    }
    if (EncodingPlan.isLinear(tensor, own)) {
      return linear;
    }
    TensorType kept = own == TensorType.BF16 ? own : TensorType.F16;
    return SafetensorsType.valueOf(embedding.orElse(kept).name());
  }

  private void fill(SourceTensor tensor, SafetensorsType type, MemorySegment bytes) {
    RowOrder order =
        HuggingFaceNames.order(
            architecture, tensor.name(), HuggingFaceNames.headDim(metadata, architecture));
    RowBands.Rows rows =
        type == linear && !EncodingPlan.isVector(tensor)
            ? this::encode
            : Codecs.of(TensorType.byName(type.name()))::encode;
    try {
      RowBands.encode(
          () -> OrderedRows.of(tensor, order), tensor::unload, rows, tensor.shape(), bytes);
    } catch (IllegalArgumentException doesNotFit) {
      throw new UnsupportedModelException(
          "%s: %s cannot hold the tensor %s: %s"
              .formatted(model, type, tensor.name(), doesNotFit.getMessage()),
          doesNotFit);
    }
  }

  private void encode(RowSource values, Shape shape, MemorySegment bytes) {
    float[] row = new float[Math.toIntExact(shape.cols())];
    byte[] rounded = new byte[row.length];
    for (long r = 0; r < shape.rows(); r++) {
      values.read(r, row);
      for (int col = 0; col < row.length; col++) {
        try {
          rounded[col] =
              linear == SafetensorsType.F8_E4M3 ? Float8.toE4m3(row[col]) : Float8.toE5m2(row[col]);
        } catch (ArithmeticException tooLarge) {
          throw new IllegalArgumentException(
              "row %d, column %d: %s".formatted(r, col, tooLarge.getMessage()), tooLarge);
        }
      }
      MemorySegment.copy(rounded, 0, bytes, ValueLayout.JAVA_BYTE, r * row.length, rounded.length);
    }
  }
}
