package dev.tern.source;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.quant.Absmean;
import dev.tern.quant.RowSource;
import dev.tern.safetensors.SafetensorsFolder;
import dev.tern.safetensors.SafetensorsTensor;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The tensors of a checkpoint as a model needs them, with a record of which were used.
///
/// The record is what makes sure that nothing in a checkpoint is silently left out of the model.
final class CheckpointWeights {
  private final SafetensorsFolder files;
  private final QuantizationConfig quantization;
  private final Set<String> used = new LinkedHashSet<>();

  CheckpointWeights(SafetensorsFolder files, QuantizationConfig quantization) {
    this.files = files;
    this.quantization = quantization;
  }

  /// {@return whether the checkpoint has a tensor}
  boolean has(String name) {
    return files.find(name).isPresent();
  }

  /// Marks a tensor as known to be without use.
  void ignore(String name) {
    used.add(name);
  }

  private SafetensorsTensor require(String name, Shape shape) {
    SafetensorsTensor tensor = files.require(name);
    used.add(name);
    if (!tensor.shape().equals(shape)) {
      throw wrong(tensor, "the shape " + shape);
    }
    return tensor;
  }

  private static ModelFormatException wrong(SafetensorsTensor tensor, String expected) {
    return new ModelFormatException(
        "%s: the tensor %s is %s, but the configuration demands %s"
            .formatted(tensor.source(), tensor.name(), tensor.description(), expected));
  }

  /// {@return a tensor of floats: where it lies, if nothing about it must change}
  ///
  /// @param ggufName what GGUF files call it
  /// @param name what the checkpoint calls it
  SourceTensor floats(String ggufName, String name, Shape shape, RowOrder order) {
    SafetensorsTensor tensor = require(name, shape);
    TensorType type = floatType(tensor);
    boolean direct =
        switch (tensor.type()) {
          case F32, F16, BF16 -> order.equals(RowOrder.SAME);
          default -> false;
        };
    if (direct) {
      return StoredTensor.of(new Tensor(ggufName, type, shape, tensor.data()));
    }
    return new ComputedTensor(
        files.source(),
        ggufName,
        shape,
        tensor.type().name(),
        type,
        tensor.data(),
        rows(tensor, order));
  }

  /// A vector is one row, of which the elements take the places of rows.
  private static RowSource rows(SafetensorsTensor tensor, RowOrder order) {
    if (tensor.shape().rank() != 1) {
      return (row, values) -> tensor.readRow(order.sourceRow(row), values);
    }
    return (row, values) -> {
      float[] read = new float[Math.toIntExact(tensor.shape().cols())];
      tensor.readRow(row, read);
      for (int i = 0; i < read.length; i++) {
        values[i] = read[(int) order.sourceRow(i)];
      }
    };
  }

  /// The type of floats that holds what the checkpoint has, which is exact for all but F64.
  private static TensorType floatType(SafetensorsTensor tensor) {
    return switch (tensor.type()) {
      case F32, F64 -> TensorType.F32;
      case F16, F8_E4M3, F8_E5M2 -> TensorType.F16;
      case BF16 -> TensorType.BF16;
      default -> throw wrong(tensor, "floats");
    };
  }

  /// {@return the weights of a linear layer}
  ///
  /// @param ggufName what GGUF files call them
  /// @param module what the checkpoint calls the layer
  SourceTensor linear(String ggufName, String module, Shape shape, RowOrder order) {
    String name = module + ".weight";
    if (!quantization.covers(module)) {
      return floats(ggufName, name, shape, order);
    }
    SafetensorsTensor weight = files.require(name);
    used.add(name);
    TensorType encoding = encoding(module, weight, shape);
    Optional<SafetensorsTensor> scale = files.find(module + ".weight_scale");
    scale.ifPresent(found -> used.add(found.name()));
    if (weight.type() == SafetensorsType.U8 || weight.type() == SafetensorsType.I8) {
      float dequantScale = dequantScale(scale.orElseThrow(() -> noScale(weight)));
      TernaryRows.Codes codes =
          weight.type() == SafetensorsType.U8
              ? packed(weight, shape, order)
              : unpacked(weight, shape, order);
      return new TernaryTensor(
          ggufName, shape, encoding, weight.data(), () -> new TernaryRows(codes, dequantScale));
    }
    floatType(weight);
    if (!weight.shape().equals(shape)) {
      throw wrong(weight, "the shape " + shape);
    }
    RowSource values = rows(weight, order);
    if (scale.isPresent()) {
      float dequantScale = dequantScale(scale.get());
      TernaryRows.Codes codes = ternaryFloats(weight, values);
      return new TernaryTensor(
          ggufName, shape, encoding, weight.data(), () -> new TernaryRows(codes, dequantScale));
    }
    return new TernaryTensor(
        ggufName, shape, encoding, weight.data(), () -> masters(weight, values, shape));
  }

  /// Encodings of ternary weights have blocks, which some shapes do not fill. Floats hold any, and
  /// mean the same where the model itself says that inputs are rounded, not the encoding.
  private TensorType encoding(String module, SafetensorsTensor weight, Shape shape) {
    for (TensorType type : List.of(TensorType.I2_S, TensorType.IQ2_BN)) {
      if (type.canHold(shape)) {
        return type;
      }
    }
    if (!quantization.coversAllBlocks() || module.equals("lm_head")) {
      throw new UnsupportedModelException(
          "%s: the tensor %s has the shape %s, but ternary weights need a multiple of 128 weights (I2_S) or of 64 columns (IQ2_BN) where not all linear layers are ternary; store it as floats and list it in modules_to_not_convert"
              .formatted(weight.source(), weight.name(), shape));
    }
    return TensorType.F32;
  }

  private static ModelFormatException noScale(SafetensorsTensor weight) {
    return new ModelFormatException(
        "%s: the tensor %s holds codes (%s), but there is no weight_scale beside it"
            .formatted(weight.source(), weight.name(), weight.description()));
  }

  private float dequantScale(SafetensorsTensor scale) {
    if (scale.shape().elements() != 1 || !scale.type().isFloat()) {
      throw wrong(scale, "one float");
    }
    float[] value = new float[1];
    scale.readRow(0, value);
    float dequantScale = quantization.multiplies() ? value[0] : 1 / value[0];
    if (!(dequantScale > 0) || Float.isInfinite(dequantScale)) {
      throw new ModelFormatException(
          "%s: the tensor %s holds %s, which is no scale"
              .formatted(scale.source(), scale.name(), value[0]));
    }
    return dequantScale;
  }

  /// Four rows of weights, a quarter of the matrix apart, in one row of bytes; the first quarter in
  /// the lowest bits. Source: transformers, `pack_weights` in integrations/bitnet.py.
  private static TernaryRows.Codes packed(SafetensorsTensor weight, Shape shape, RowOrder order) {
    long packedRows = Math.ceilDiv(shape.rows(), 4);
    if (!weight.shape().equals(Shape.of(packedRows, shape.cols()))) {
      throw wrong(
          weight, "the shape [%d, %d] of packed weights".formatted(packedRows, shape.cols()));
    }
    return (row, codes) -> {
      long source = order.sourceRow(row);
      copyRow(weight.data(), source % packedRows, codes);
      int shift = (int) (source / packedRows) * 2;
      int any = 0;
      for (int col = 0; col < codes.length; col++) {
        int bits = (codes[col] >> shift) & 3;
        any |= bits & (bits >> 1);
        codes[col] = (byte) (bits - 1);
      }
      if (any != 0) {
        throw notTernary(weight, row);
      }
    };
  }

  private static TernaryRows.Codes unpacked(SafetensorsTensor weight, Shape shape, RowOrder order) {
    if (!weight.shape().equals(shape)) {
      throw wrong(weight, "the shape " + shape);
    }
    return (row, codes) -> {
      copyRow(weight.data(), order.sourceRow(row), codes);
      for (byte code : codes) {
        if (code < -1 || code > 1) {
          throw notTernary(weight, row);
        }
      }
    };
  }

  private static void copyRow(MemorySegment data, long row, byte[] values) {
    MemorySegment.copy(data, ValueLayout.JAVA_BYTE, row * values.length, values, 0, values.length);
  }

  private static TernaryRows.Codes ternaryFloats(SafetensorsTensor weight, RowSource values) {
    return (row, codes) -> {
      float[] read = new float[codes.length];
      values.read(row, read);
      for (int col = 0; col < codes.length; col++) {
        codes[col] = (byte) read[col];
        if (codes[col] != read[col] || Math.abs(codes[col]) > 1) {
          throw notTernary(weight, row);
        }
      }
    };
  }

  private static ModelFormatException notTernary(SafetensorsTensor weight, long row) {
    return new ModelFormatException(
        "%s: the tensor %s has a code in row %d that is none of -1, 0 and +1"
            .formatted(weight.source(), weight.name(), row));
  }

  /// Master weights, rounded as the model was trained; values that are ternary already keep their
  /// scale.
  private TernaryRows masters(SafetensorsTensor weight, RowSource values, Shape shape) {
    Absmean absmean;
    try {
      absmean = Absmean.of(values, shape);
    } catch (IllegalArgumentException notFinite) {
      throw new ModelFormatException(
          "%s: the tensor %s: %s".formatted(weight.source(), weight.name(), notFinite.getMessage()),
          notFinite);
    }
    TernaryRows.Codes codes =
        (row, target) -> {
          float[] read = new float[target.length];
          values.read(row, read);
          for (int col = 0; col < target.length; col++) {
            target[col] = absmean.code(read[col]);
            if (!quantization.online() && read[col] != target[col] * absmean.dequantScale()) {
              throw new UnsupportedModelException(
                  "%s: the tensor %s is neither packed nor ternary, although config.json says that the weights are quantized (quantization_mode offline); if they are master weights, it should say online"
                      .formatted(weight.source(), weight.name()));
            }
          }
        };
    return new TernaryRows(codes, absmean.dequantScale());
  }

  /// {@return the tensors that the model has no place for}
  List<String> unused() {
    List<String> rest = new ArrayList<>(files.tensors().keySet());
    rest.removeAll(used);
    // Buffers of old versions of transformers, made anew by all that read them.
    rest.removeIf(name -> name.endsWith(".rotary_emb.inv_freq"));
    return rest;
  }
}
