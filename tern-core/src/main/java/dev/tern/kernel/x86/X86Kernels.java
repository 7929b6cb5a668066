package dev.tern.kernel.x86;

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
import dev.tern.kernel.TernaryColumns;
import dev.tern.kernel.TernaryMatrix;
import dev.tern.kernel.TernaryTriples;
import dev.tern.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The kernels in x86-64 machine code, and other kernels for what there is no machine code for.
public final class X86Kernels implements Kernels {
  /// From this many tokens on, a tile of tables costs less than passes for 4, 2 and 1: measured, 1
  /// : 3 passes for 4.
  private static final int LEAST_TILE_TOKENS = 11;

  /// From this many tokens on, products with AVX-512 VNNI cost less than passes for 4, 2 and 1.
  private static final int LEAST_GEMM_TOKENS = 2;

  private final InstructionSet instructionSet;
  private final Kernels others;
  private final ScalarKernels definition = new ScalarKernels();
  private final ThreadLocal<Scratch> scratch;

  /// What one thread needs besides its input and output.
  ///
  /// @param ternary ternary weights times a few tokens
  /// @param sparse some rows or columns of ternary weights times one token
  /// @param triples ternary weights that have been prepared for it times one token
  /// @param ternaryTiles ternary weights times many tokens
  /// @param gemm the same for all but single tokens, where there is AVX-512
  /// @param packing prepares them for it
  /// @param dense other weights times floats
  /// @param rows int8 copies of such weights
  /// @param copying makes them
  /// @param attention of one token
  /// @param tokens norms, quantization and the like
  private record Scratch(
      TernaryProduct ternary,
      SparseProduct sparse,
      TripleProduct triples,
      TernaryTiles ternaryTiles,
      @Nullable TernaryGemm gemm,
      TriplePacking packing,
      DenseProduct dense,
      Int8Product rows,
      RowCopying copying,
      Attention attention,
      TokenOperations tokens) {
    static Scratch of(Code code) {
      DenseProduct dense = new DenseProduct(code.dense);
      return new Scratch(
          new TernaryProduct(code.gemv),
          new SparseProduct(code.sparse),
          new TripleProduct(code.triples),
          new TernaryTiles(code.tiles),
          code.gemm == null ? null : new TernaryGemm(code.gemm),
          new TriplePacking(code.packing),
          dense,
          new Int8Product(code.rows),
          new RowCopying(code.copying, dense),
          new Attention(code.attention),
          new TokenOperations(code.tokens));
    }
  }

  /// All machine code, which threads share.
  private record Code(
      List<NativeCode.Function> gemv,
      TernaryGemm.@Nullable Routines gemm,
      SparseProduct.Routines sparse,
      List<NativeCode.Function> triples,
      TernaryTiles.Steps tiles,
      NativeCode.Function packing,
      DenseProduct.Routines dense,
      Int8Product.Routines rows,
      NativeCode.Function copying,
      Attention.Routines attention,
      TokenOperations.Routines tokens) {
    private static final Map<InstructionSet, Code> LOADED = new EnumMap<>(InstructionSet.class);

    /// Written once for all kernels of an instruction set, because it is never freed.
    static Code of(InstructionSet set) throws UnavailableException {
      synchronized (LOADED) {
        Code code = LOADED.get(set);
        if (code == null) {
          code = load(set);
          LOADED.put(set, code);
        }
        return code;
      }
    }

    private static Code load(InstructionSet set) throws UnavailableException {
      return new Code(
          NativeCode.load(TernaryProduct.routines(set)),
          set == InstructionSet.AVX512_VNNI ? TernaryGemm.Routines.load() : null,
          SparseProduct.Routines.load(set),
          NativeCode.load(TripleProduct.routines()),
          TernaryTiles.Steps.of(NativeCode.load(TernaryTiles.Steps.routines())),
          TriplePacking.load(),
          DenseProduct.Routines.load(),
          Int8Product.Routines.load(set),
          RowCopying.load(),
          Attention.Routines.load(),
          TokenOperations.Routines.load());
    }
  }

  private X86Kernels(InstructionSet instructionSet, Kernels others, Code code) {
    this.instructionSet = instructionSet;
    this.others = others;
    this.scratch = ThreadLocal.withInitial(() -> Scratch.of(code));
  }

  /// {@return whether this is a processor of this architecture, whatever its age}
  public static boolean isArchitecture() {
    return CpuFeatures.isArchitecture();
  }

  /// {@return why machine code cannot be used here, half a sentence; empty if it can}
  public static String obstacle() {
    return obstacle(InstructionSet.AVX2);
  }

  /// {@return why kernels of an instruction set cannot be used here, half a sentence; empty if they
  /// can}
  ///
  /// @param set which
  public static String obstacle(InstructionSet set) {
    if (!isArchitecture()) {
      return "this is no x86-64 processor but " + System.getProperty("os.arch", "unknown");
    }
    return switch (Processor.FOUND) {
      case Processor.Unavailable(String reason) -> reason;
      case Processor.Available(Set<CpuFeatures.Feature> features) ->
          set.missing(features).isEmpty()
              ? ""
              : "this processor, or its operating system, lacks "
                  + set.missing(features).stream()
                      .map(CpuFeatures.Feature::toString)
                      .collect(Collectors.joining(", "));
    };
  }

  /// Asked once; only on this architecture.
  private sealed interface Processor {
    Processor FOUND = find();

    /// @param features what it can do
    record Available(Set<CpuFeatures.Feature> features) implements Processor {}

    /// @param reason why it cannot be asked
    record Unavailable(String reason) implements Processor {}

    private static Processor find() {
      try {
        return new Available(CpuFeatures.ofThisProcessor());
      } catch (UnavailableException unavailable) {
        return new Unavailable(String.valueOf(unavailable.getMessage()));
      }
    }
  }

  /// {@return the best instruction set that there are kernels for and that can be used here}
  ///
  /// @throws IllegalStateException if [#obstacle()] is not empty
  public static InstructionSet best() {
    return Arrays.stream(InstructionSet.values())
        .filter(set -> obstacle(set).isEmpty())
        .reduce((_, better) -> better)
        .orElseThrow(() -> new IllegalStateException(obstacle()));
  }

  /// {@return kernels of an instruction set}
  ///
  /// @param set which; [#obstacle(InstructionSet)] is empty
  /// @param others compute what there is no machine code for
  /// @throws IllegalStateException if the system suddenly gives no more memory for code
  public static X86Kernels create(InstructionSet set, Kernels others) {
    try {
      return new X86Kernels(set, others, Code.of(set));
    } catch (UnavailableException unavailable) {
      throw new IllegalStateException(unavailable.getMessage(), unavailable);
    }
  }

  @Override
  public String description() {
    return "x86, " + instructionSet.label();
  }

  @Override
  public int tokenTile() {
    return TernaryTables.TOKENS;
  }

  @Override
  public boolean readsTriples() {
    return true;
  }

  @Override
  public boolean skipsZeros() {
    return true;
  }

  @Override
  public boolean isSettled() {
    return others.isSettled();
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
    if (weights.hasGroupScales()) {
      others.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
      return;
    }
    requireWidth(weights.cols(), x.cols());
    TernaryGemm gemm = scratch.get().gemm;
    if (gemm != null && toToken - fromToken >= LEAST_GEMM_TOKENS) {
      gemm.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
      return;
    }
    int tail = (toToken - fromToken) % TernaryTables.TOKENS;
    int tabled = tail < LEAST_TILE_TOKENS ? toToken - tail : toToken;
    if (fromToken < tabled) {
      scratch.get().ternaryTiles.linear(weights, fromRow, toRow, x, fromToken, tabled, y);
    }
    if (tabled == toToken - 1 && weights.hasTriples()) {
      scratch.get().triples.linear(weights, fromRow, toRow, x, tabled, y);
    } else if (tabled < toToken) {
      scratch.get().ternary.linear(weights, fromRow, toRow, x, tabled, toToken, y);
    }
  }

  @Override
  public void linear(
      TernaryMatrix weights,
      int[] rows,
      int first,
      int count,
      Int8Activations x,
      int token,
      FloatMatrix y) {
    requireWidth(weights.cols(), x.cols());
    scratch.get().sparse.linear(weights, rows, first, count, x, token, y);
  }

  @Override
  public void sumColumns(
      TernaryColumns weights,
      int fromCol,
      int toCol,
      Int8Activations x,
      int token,
      MemorySegment sums) {
    requireWidth(weights.cols(), x.cols());
    scratch.get().sparse.sumColumns(weights, fromCol, toCol, x, token, sums);
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
    if (!DenseProduct.supports(weights)) {
      others.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
      return;
    }
    requireWidth(weights.cols(), x.cols());
    scratch.get().dense.linear(weights, fromRow, toRow, x, fromToken, toToken, y);
  }

  private static void requireWidth(int weights, int activations) {
    if (weights != activations) {
      throw new IllegalArgumentException(
          "weights of %d columns cannot be multiplied by activations of %d"
              .formatted(weights, activations));
    }
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, Int16Vector x, int[] dots) {
    requireWidth(rows.cols(), x.cols());
    scratch.get().rows.dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void dots(QuantizedRows rows, int fromRow, int toRow, List<Int16Vector> x, int[][] dots) {
    for (int i = 0; i < x.size(); i++) {
      requireWidth(rows.cols(), x.get(i).cols());
    }
    scratch.get().rows.dots(rows, fromRow, toRow, x, dots);
  }

  @Override
  public void quantizeRows(QuantizedRows rows, int fromRow, int toRow) {
    if (RowCopying.supports(rows)) {
      scratch.get().copying.quantize(rows, fromRow, toRow);
    } else {
      definition.quantizeRows(rows, fromRow, toRow);
    }
  }

  @Override
  public void pack(TernaryMatrix.Part part, TernaryTriples triples, int fromTile, int toTile) {
    scratch.get().packing.pack(part, triples, fromTile, toTile);
  }

  @Override
  public void decodeRow(Tensor tensor, int row, FloatMatrix y, int token) {
    if (DenseProduct.supports(tensor.type())) {
      scratch.get().dense.decodeRow(tensor, row, y, token);
    } else {
      definition.decodeRow(tensor, row, y, token);
    }
  }

  @Override
  public void quantize(FloatMatrix x, int token, Int8Activations codes) {
    requireWidth(codes.cols(), x.cols());
    scratch.get().tokens.quantize(x, token, codes);
  }

  @Override
  public void rmsNorm(FloatMatrix x, int token, MemorySegment weight, float eps, FloatMatrix y) {
    scratch.get().tokens.normalize(x, token, 0, x.cols(), weight, eps, y);
  }

  @Override
  public void rmsNormHeads(FloatMatrix x, int token, MemorySegment weight, float eps) {
    int headDim = Math.toIntExact(weight.byteSize() / Float.BYTES);
    for (int from = 0; from < x.cols(); from += headDim) {
      scratch.get().tokens.normalize(x, token, from, headDim, weight, eps, x);
    }
  }

  @Override
  public void rotate(FloatMatrix x, int token, RopeAngles angles, RopeStyle style) {
    if (style == RopeStyle.HALF) {
      scratch.get().tokens.rotateHalves(x, token, angles);
    } else if (TokenOperations.canRotatePairs(angles.pairs())) {
      scratch.get().tokens.rotatePairs(x, token, angles);
    } else {
      definition.rotate(x, token, angles, style);
    }
  }

  @Override
  public void store(
      FloatMatrix keys, FloatMatrix values, int token, KvBlocks cache, int layer, int position) {
    if (TokenOperations.canStore(cache.headDim())) {
      scratch.get().tokens.store(keys, values, token, cache, layer, position);
    } else {
      definition.store(keys, values, token, cache, layer, position);
    }
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
    if (Attention.supports(cache.headDim())) {
      scratch.get().attention.attend(queries, token, cache, layer, kvHead, position, y);
    } else {
      others.attend(queries, token, cache, layer, kvHead, position, y);
    }
  }

  @Override
  public void gate(
      GatedActivation activation, FloatMatrix gate, FloatMatrix up, int token, FloatMatrix y) {
    scratch.get().tokens.gate(activation, gate, up, token, y);
  }

  @Override
  public void add(FloatMatrix x, int token, FloatMatrix y) {
    scratch.get().tokens.add(x, token, y);
  }
}
