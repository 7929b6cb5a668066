package dev.tern.load;

import dev.tern.kernel.DenseMatrix;
import dev.tern.kernel.FloatMatrix;
import dev.tern.kernel.GatedActivation;
import dev.tern.kernel.Int16Vector;
import dev.tern.kernel.Int8Activations;
import dev.tern.kernel.Kernels;
import dev.tern.kernel.KvBlocks;
import dev.tern.kernel.QuantizedRows;
import dev.tern.kernel.RopeAngles;
import dev.tern.kernel.RopeStyle;
import dev.tern.kernel.TernaryMatrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Kernels whose int8 codes a test may look at and change before they are used; everything else is
/// left to other kernels.
///
/// Counts the BitLinear inputs of a pass, so it is right for one thread and one pass over a whole
/// text.
final class SteeredKernels implements Kernels {
  /// Decides on a code.
  @FunctionalInterface
  interface Steering {
    int code(int site, int token, int col, int computed);
  }

  private final Kernels kernels;
  private Steering steering = (site, token, col, computed) -> computed;
  private int site = -1;

  SteeredKernels(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Starts a new pass.
  void steer(Steering newSteering) {
    steering = newSteering;
    site = -1;
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    kernels.quantize(x, token, codes);
    if (token == 0) {
      site++;
    }
    int sum = 0;
    for (int col = 0; col < codes.cols(); col++) {
      int code = steering.code(site, token, col, codes.code(token, col));
      codes.codes().set(ValueLayout.JAVA_BYTE, (long) token * codes.stride() + col, (byte) code);
      sum += code;
    }
    codes.finish(token, codes.quantScale(token), sum);
  }

  @Override
  public String description() {
    return "steered " + kernels.description();
  }

  @Override
  public int tokenTile() {
    return kernels.tokenTile();
  }

  @Override
  public void linear(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    kernels.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  @Override
  public void linear(
      DenseMatrix weights,
      int fromRow,
      int toRow,
      FloatMatrix x,
      int fromToken,
      int toToken,
      FloatMatrix y) {
    kernels.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    kernels.dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    kernels.rmsNorm(x, token, weight, eps, y);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    kernels.rmsNormHeads(x, token, weight, eps);
  }

  @Override
  public void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style) {
    kernels.rotate(x, token, angles, style);
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    kernels.store(keys, values, token, cache, layer, position);
  }

  @Override
  public void attend(
      FloatMatrix queries,
      int token,
      KvBlocks cache,
      int layer,
      int kvHead,
      int position,
      FloatMatrix y) {
    kernels.attend(queries, token, cache, layer, kvHead, position, y);
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    kernels.gate(activation, gate, up, token, y);
  }

  @Override
  public void add(FloatMatrix x, int token, FloatMatrix y) {
    kernels.add(x, token, y);
  }
}
