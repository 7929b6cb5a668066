package dev.tern.model;

import dev.tern.kernel.Backend;
import dev.tern.kernel.FloatMatrix;
import java.lang.foreign.MemorySegment;

/// An RMSNorm: `y = x / sqrt(mean(x^2) + eps) * weight`.
///
/// @param weight floats in native memory, one for each column
/// @param eps added to the mean square
public record Norm(MemorySegment weight, float eps) {
  void apply(Backend backend, FloatMatrix x, int tokens, FloatMatrix y) {
    backend.rmsNorm(x, tokens, weight, eps, y);
  }

  void applyToHeads(Backend backend, FloatMatrix x, int tokens) {
    backend.rmsNormHeads(x, tokens, weight, eps);
  }
}
