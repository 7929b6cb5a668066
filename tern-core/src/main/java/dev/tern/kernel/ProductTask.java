package dev.tern.kernel;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A matrix product as work on ranges of rows, or of tokens.
///
/// One object serves one product after another, because a model computes hundreds for each token.
/// Belongs to the thread that asks for products; others run its ranges meanwhile.
final class ProductTask implements ComputeThreads.RangeTask {
  private final Kernels kernels;
  private @Nullable TernaryMatrix ternary;
  private @Nullable Int8Activations codes;
  private @Nullable DenseMatrix dense;
  private @Nullable FloatMatrix x;
  private @Nullable FloatMatrix y;
  private int rows;
  private int tokens;
  private boolean byTokens;

  ProductTask(Kernels kernels) {
    this.kernels = kernels;
  }

  /// Takes ternary weights and their input.
  void set(TernaryMatrix weights, Int8Activations input) {
    ternary = weights;
    codes = input;
  }

  /// Takes other weights and their input.
  void set(DenseMatrix weights, FloatMatrix input) {
    dense = weights;
    x = input;
  }

  /// Computes the product, and forgets the matrices.
  ///
  /// @param rangesOfTokens whether threads share the tokens, not the rows
  /// @param grain see [ComputeThreads#run]
  void run(
      ComputeThreads threads,
      int allRows,
      int allTokens,
      boolean rangesOfTokens,
      int grain,
      FloatMatrix output) {
    rows = allRows;
    tokens = allTokens;
    byTokens = rangesOfTokens;
    y = output;
    try {
      threads.run(byTokens ? tokens : rows, grain, this);
    } finally {
      ternary = null;
      codes = null;
      dense = null;
      x = null;
      y = null;
    }
  }

  @Override
  public void run(int from, int to) {
    if (byTokens) {
      multiply(0, rows, from, to);
    } else {
      multiply(from, to, 0, tokens);
    }
  }

  private void multiply(int fromRow, int toRow, int fromToken, int toToken) {
    FloatMatrix output = Objects.requireNonNull(y);
    if (ternary != null) {
      Int8Activations input = Objects.requireNonNull(codes);
      kernels.linear(ternary, fromRow, toRow, input, fromToken, toToken, output);
    } else {
      FloatMatrix input = Objects.requireNonNull(x);
      kernels.linear(
          Objects.requireNonNull(dense), fromRow, toRow, input, fromToken, toToken, output);
    }
  }
}
