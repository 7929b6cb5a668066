package dev.tern.kernel.vector;

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
import dev.tern.kernel.ScalarKernels;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryMatrix.DequantScales.PerGroup;
import java.lang.foreign.MemorySegment;

/// The kernels on the Vector API, in the widest of 128 and 256 bits that the processor has.
public final class VectorKernels implements Kernels {
  /// From this many tokens on, a tile of tables costs less than that many passes for one token:
  /// measured, 1 : 5.
  private static final int LEAST_TILE_TOKENS = 5;

  private final ScalarKernels definition = new ScalarKernels();
  private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

  /// What one thread needs besides its input and output.
  private static final class Scratch {
    final TernaryTables tables = new TernaryTables();
    final DenseVector dense = new DenseVector();
    final RowsVector rows = new RowsVector();
    final Attention attention = new Attention();
    final Elementwise elementwise = new Elementwise();
    short[] arranged = new short[0];
  }

  private VectorKernels() {}

  /// {@return whether this processor has vectors that Java can use}
  public static boolean isSupported() {
    return Shapes.isSupported();
  }

  /// {@return the kernels for this processor}
  public static Kernels create() {
    return new VectorKernels();
  }

  @Override
  public String description() {
    return "Vector API, %d bits (%s)".formatted(Shapes.BITS, Shapes.instructionSet());
  }

  @Override
  public int tokenTile() {
    return TernaryTables.TILE_TOKENS;
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
    if (weights.parts().stream().anyMatch(part -> part.scales() instanceof PerGroup)) {
      definition.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
      return;
    }
    Scratch mine = scratch.get();
    int tail = (toToken - fromToken) % TernaryTables.TILE_TOKENS;
    int tabled = tail < LEAST_TILE_TOKENS ? toToken - tail : toToken;
    mine.tables.linear(weights, fromRow, toRow, x, fromToken, tabled, y);
    for (int t = tabled; t < toToken; t++) {
      oneToken(weights, fromRow, toRow, x, t, mine, y);
    }
  }

  private static void oneToken(
      TernaryMatrix weights,
      int fromRow,
      int toRow,
      Int8Activations x,
      int token,
      Scratch mine,
      FloatMatrix y) {
    if (mine.arranged.length != x.stride()) {
      mine.arranged = TernaryVector.arrangement(x);
    }
    TernaryVector.arrange(x, token, mine.arranged);
    int codeSum = x.codeSum(token);
    float quantScale = x.quantScale(token);
    for (TernaryMatrix.Part part : weights.parts()) {
      int first = Math.max(fromRow - part.firstRow(), 0);
      int last = Math.min(toRow - part.firstRow(), part.rows());
      for (int row = first; row < last; row++) {
        int dot = TernaryVector.dot(part.codes(), row * part.rowBytes(), mine.arranged) - codeSum;
        y.set(token, part.firstRow() + row, part.output(row, dot, quantScale));
      }
    }
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
    scratch.get().dense.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    scratch.get().rows.dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    scratch.get().elementwise.quantize(x, token, codes);
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    scratch.get().elementwise.normalize(x, token, weight, x.cols(), eps, y);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    int headDim = Math.toIntExact(weight.byteSize() / Float.BYTES);
    scratch.get().elementwise.normalize(x, token, weight, headDim, eps, x);
  }

  @Override
  public void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style) {
    definition.rotate(x, token, angles, style);
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    definition.store(keys, values, token, cache, layer, position);
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
    scratch.get().attention.attend(queries, token, cache, layer, kvHead, position, y);
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    scratch.get().elementwise.gate(activation, gate, up, token, y);
  }

  @Override
  public void add(FloatMatrix x, int token, FloatMatrix y) {
    definition.add(x, token, y);
  }
}
