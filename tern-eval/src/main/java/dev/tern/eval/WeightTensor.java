package dev.tern.eval;

import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import dev.tern.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// One tensor of a model as a comparison reads it. Safe for use by many threads, as its sources
/// must be; valid as long as what it comes from is open.
///
/// @param name as GGUF files call it, for example `blk.0.attn_q.weight`
/// @param shape outermost dimension first
/// @param encoding what to call its encoding, for example `I2_S`; tensors of equal bytes, shape and
///   encoding have equal weights
/// @param bytes the encoded weights, without padding, where they lie together
/// @param values its weights
/// @param codes integer codes and scales, where its weights are such
public record WeightTensor(
    String name,
    Shape shape,
    String encoding,
    Optional<MemorySegment> bytes,
    RowSource values,
    Optional<CodeSource> codes) {
  /// {@return whether the two are the same bytes, so that nothing has to be decoded}
  boolean hasBytesOf(WeightTensor other) {
    return encoding.equals(other.encoding)
        && shape.equals(other.shape)
        && bytes.isPresent()
        && other.bytes.isPresent()
        && bytes.get().mismatch(other.bytes.get()) < 0;
  }
}
