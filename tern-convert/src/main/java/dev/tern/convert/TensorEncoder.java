package dev.tern.convert;

import dev.tern.UnsupportedModelException;
import dev.tern.quant.CodeSource;
import dev.tern.quant.Codec;
import dev.tern.quant.Codecs;
import dev.tern.quant.LowBitCodec;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/// Writes the bytes of planned tensors and counts what was lost on the way.
///
/// Rows of encodings without a scale for the whole tensor are encoded on all processors. Not safe
/// for use by several threads.
final class TensorEncoder {
  private final String model;
  private int roundedScales;
  private int allZero;

  TensorEncoder(String model) {
    this.model = model;
  }

  /// {@return how many tensors have scales that their encoding rounded to half precision}
  int roundedScales() {
    return roundedScales;
  }

  /// {@return how many ternary tensors are nothing but zeros}
  int allZero() {
    return allZero;
  }

  /// Encodes a tensor.
  ///
  /// @param bytes exactly the tensor's size, zeroed
  /// @throws UnsupportedModelException if the encoding cannot hold its values
  void encode(PlannedTensor planned, MemorySegment bytes) {
    SourceTensor source = planned.source();
    TensorType type = planned.type();
    if (source.type() instanceof TensorType.Resolution.Known(TensorType own) && own == type) {
      source.fill(bytes);
    } else if (Codecs.of(type) instanceof LowBitCodec codec) {
      encodeLowBit(planned, codec, bytes);
    } else {
      encodeValues(source, Codecs.of(type), bytes);
    }
    if (type == TensorType.I2_S && isAllZero(bytes)) {
      allZero++;
    }
  }

  private static boolean isAllZero(MemorySegment bytes) {
    MemorySegment codes = bytes.asSlice(0, bytes.byteSize() - TensorType.I2_S.tailBytes());
    long rest = codes.byteSize() - 1;
    return codes.get(ValueLayout.JAVA_BYTE, 0) == 0x55
        && codes.asSlice(0, rest).mismatch(codes.asSlice(1, rest)) < 0;
  }

  private void encodeLowBit(PlannedTensor planned, LowBitCodec codec, MemorySegment bytes) {
    SourceTensor source = planned.source();
    Rounding rounding = planned.rounding();
    try {
      Optional<CodeSource> exact = rounding.exact(source);
      if (rounding == Rounding.NONE) {
        encodeCodes(exact.orElseThrow(() -> notCodes(source, codec)), source, codec, bytes);
      } else if (exact.isEmpty() || !keepCodes(exact.get(), source, codec, bytes)) {
        encodeCodes(rounding.codes(source, codec), source, codec, bytes);
      }
    } catch (IllegalArgumentException doesNotFit) {
      throw doesNotFit(source, codec, doesNotFit);
    }
  }

  /// {@return whether the encoding has all codes, and room for their scales}
  private boolean keepCodes(
      CodeSource codes, SourceTensor source, LowBitCodec codec, MemorySegment bytes) {
    try {
      encodeCodes(codes, source, codec, bytes);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private UnsupportedModelException notCodes(SourceTensor source, LowBitCodec codec) {
    return new UnsupportedModelException(
        "%s: the weights of %s are neither ternary nor binary, which %s demands; choose an encoding of floats or integers"
            .formatted(model, source.name(), codec.type()));
  }

  private void encodeCodes(
      CodeSource codes, SourceTensor source, LowBitCodec codec, MemorySegment bytes) {
    ScaleWatch watch = new ScaleWatch(codes);
    codec.encodeCodes(watch, source.shape(), bytes);
    boolean exact = codec.type() == TensorType.I2_S || codec.type() == TensorType.IQ2_BN;
    if (!exact && watch.needsMoreThanHalf) {
      roundedScales++;
    }
  }

  private void encodeValues(SourceTensor source, Codec codec, MemorySegment bytes) {
    try {
      RowBands.encode(source::values, source::unload, codec::encode, source.shape(), bytes);
    } catch (IllegalArgumentException doesNotFit) {
      throw doesNotFit(source, codec, doesNotFit);
    }
  }

  private UnsupportedModelException doesNotFit(
      SourceTensor source, Codec codec, IllegalArgumentException reason) {
    return new UnsupportedModelException(
        "%s: %s cannot hold the tensor %s: %s"
            .formatted(model, codec.type(), source.name(), reason.getMessage()),
        reason);
  }

  /// Looks at the scales that pass.
  private static final class ScaleWatch implements CodeSource {
    private final CodeSource codes;
    private boolean needsMoreThanHalf;

    ScaleWatch(CodeSource codes) {
      this.codes = codes;
    }

    @Override
    public void read(long row, byte[] target, float[] dequantScales) {
      codes.read(row, target, dequantScales);
      float scale = dequantScales[0];
      needsMoreThanHalf |= Float.float16ToFloat(Float.floatToFloat16(scale)) != scale;
    }
  }
}
