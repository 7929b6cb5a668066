package dev.tern.kernel;

import dev.tern.ModelFormatException;
import dev.tern.kernel.TernaryMatrix.DequantScales;
import dev.tern.quant.Codecs;
import dev.tern.quant.LowBitCodec;
import dev.tern.tensor.NativeMemory;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Turns a file's tensors into the matrices kernels read, once, when a model is loaded.
///
/// I2_S tensors whose rows are whole blocks are used where they lie; other low-bit encodings are
/// repacked; everything else stays encoded and is decoded while it is used.
public final class WeightPreparation {
  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat SCALE =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Smaller matrices stay in the processor's caches, or nearly so.
  private static final long LEAST_INDEXED_WEIGHTS = 1L << 24;

  /// The low bit of each 2-bit field of a long.
  private static final long LOW_BITS = 0x5555_5555_5555_5555L;

  private final Arena arena;
  private final Backend backend;
  private final boolean triples;
  private final AtomicLong repackedBytes = new AtomicLong();

  /// One tensor of a layer.
  ///
  /// @param tensor the weights, `[rows, cols]`
  /// @param outputScale what the layer's output is multiplied by besides; 1 without a companion
  ///   scale
  public record Source(Tensor tensor, float outputScale) {}

  /// Prepares weights for one model.
  ///
  /// @param arena owns repacked weights
  /// @param backend does the work
  public WeightPreparation(Arena arena, Backend backend) {
    this(arena, backend, false);
  }

  /// Prepares weights for one model.
  ///
  /// @param arena owns repacked weights
  /// @param backend does the work
  /// @param triples whether ternary weights also get the layout for one token
  public WeightPreparation(Arena arena, Backend backend, boolean triples) {
    this.arena = arena;
    this.backend = backend;
    this.triples = triples;
  }

  /// {@return the memory that repacked weights take so far, in bytes}
  public long repackedBytes() {
    return repackedBytes.get();
  }

  /// {@return whether all weights of a tensor are -1, 0 or +1 times a scale}
  ///
  /// Q2_0 can also hold +2, so its tensors are looked through.
  ///
  /// @param tensor any tensor
  public boolean isTernary(Tensor tensor) {
    return switch (tensor.type()) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN, Q1_0 -> true;
      case Q2_0, Q2_0_G128 -> !anyRow(tensor, WeightPreparation::hasTwo);
      case F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K -> false;
    };
  }

  /// {@return a matrix of floats that are decoded while they are used}
  ///
  /// @param sources tensors with the same number of columns, in the order of their rows
  public DenseMatrix dense(List<Source> sources) {
    List<DenseMatrix.Part> parts = new ArrayList<>();
    int firstRow = 0;
    for (Source source : sources) {
      DenseMatrix.Part part = DenseMatrix.part(source.tensor, firstRow, source.outputScale);
      parts.add(part);
      firstRow += part.rows();
    }
    return new DenseMatrix(parts, sources.getFirst().tensor.cols());
  }

  /// {@return an index of a matrix for searches of its largest products, where that pays: of large
  /// matrices of 16 bits and more}
  ///
  /// @param matrix of any encoding
  public Optional<QuantizedRows> index(DenseMatrix matrix) {
    boolean wide =
        matrix.parts().stream()
            .allMatch(part ->
                switch (part.tensor().type()) {
                  case F32, F16, BF16 -> true;
                  default -> false;
                });
    if (!wide || (long) matrix.rows() * matrix.cols() < LEAST_INDEXED_WEIGHTS) {
      return Optional.empty();
    }
    QuantizedRows index = QuantizedRows.of(matrix, arena, backend);
    repackedBytes.addAndGet(index.byteSize());
    return Optional.of(index);
  }

  /// {@return a matrix of ternary codes}
  ///
  /// @param sources ternary tensors with the same number of columns, in the order of their rows
  /// @throws ModelFormatException if a code is none of -1, 0 and +1
  public TernaryMatrix ternary(List<Source> sources) {
    List<TernaryMatrix.Part> parts = new ArrayList<>();
    int firstRow = 0;
    for (Source source : sources) {
      TernaryMatrix.Part part = part(source, firstRow);
      parts.add(triples ? withTriples(part, source.tensor.cols()) : part);
      firstRow += part.rows();
    }
    return new TernaryMatrix(parts, sources.getFirst().tensor.cols());
  }

  private TernaryMatrix.Part withTriples(TernaryMatrix.Part part, int cols) {
    if (part.scales() instanceof DequantScales.PerGroup) {
      return part;
    }
    TernaryTriples made = TernaryTriples.of(part, cols, arena, backend);
    repackedBytes.addAndGet(made.data().byteSize());
    return part.withTriples(made);
  }

  private TernaryMatrix.Part part(Source source, int firstRow) {
    Tensor tensor = source.tensor;
    int rows = Math.toIntExact(tensor.rows());
    if (tensor.type() == TensorType.I2_S && tensor.cols() % TernaryMatrix.BLOCK_COLUMNS == 0) {
      refuseCodeThree(tensor);
      long codeBytes = tensor.shape().elements() / 4;
      float dequantScale = tensor.data().get(SCALE, codeBytes);
      return new TernaryMatrix.Part(
          tensor.data(),
          tensor.cols() / 4,
          firstRow,
          rows,
          new DequantScales.PerTensor(dequantScale),
          source.outputScale);
    }
    return repack(source, firstRow, rows);
  }

  private void refuseCodeThree(Tensor tensor) {
    int words = Math.toIntExact(tensor.shape().elements() / 32);
    AtomicBoolean found = new AtomicBoolean();
    backend
        .threads()
        .run(
            words,
            1024,
            (from, to) -> {
              long any = 0;
              for (int i = from; i < to; i++) {
                long word = tensor.data().get(WORD, (long) i * Long.BYTES);
                any |= word & word >>> 1 & LOW_BITS;
              }
              if (any != 0) {
                found.set(true);
              }
            });
    if (found.get()) {
      throw notTernary(tensor);
    }
  }

  private static ModelFormatException notTernary(Tensor tensor) {
    return new ModelFormatException(
        "tensor %s (%s) has a code that is none of -1, 0 and +1; the file is damaged, or was written in the other I2_S layout"
            .formatted(tensor.name(), tensor.type()));
  }

  private TernaryMatrix.Part repack(Source source, int firstRow, int rows) {
    Tensor tensor = source.tensor;
    LowBitCodec codec = Codecs.lowBit(tensor.type()).orElseThrow();
    int cols = tensor.cols();
    int rowBytes = Math.ceilDiv(cols, TernaryMatrix.BLOCK_COLUMNS) * TernaryMatrix.BLOCK_BYTES;
    MemorySegment packed = NativeMemory.allocate(arena, (long) rows * rowBytes, true);
    repackedBytes.addAndGet(packed.byteSize());
    ScaleTable scales = new ScaleTable(rows, cols, codec.scaleGroup());
    AtomicBoolean foreignCode = new AtomicBoolean();
    backend
        .threads()
        .run(
            rows,
            1,
            (from, to) -> {
              byte[] codes = new byte[cols];
              byte[] bytes = new byte[rowBytes];
              for (int row = from; row < to; row++) {
                codec.decodeCodes(tensor, row, codes);
                if (hasTwo(codes)) {
                  foreignCode.set(true);
                }
                TernaryMatrix.pack(codes, bytes);
                MemorySegment.copy(
                    bytes, 0, packed, ValueLayout.JAVA_BYTE, (long) row * rowBytes, rowBytes);
                for (int group = 0; group < scales.groups; group++) {
                  scales.set(row, group, codec.dequantScale(tensor, row, group), codes);
                }
              }
            });
    if (foreignCode.get()) {
      throw notTernary(tensor);
    }
    return new TernaryMatrix.Part(
        packed, rowBytes, firstRow, rows, scales.simplest(), source.outputScale);
  }

  private static boolean hasTwo(byte[] codes) {
    for (byte code : codes) {
      if (code > 1) {
        return true;
      }
    }
    return false;
  }

  @FunctionalInterface
  private interface RowTest {
    boolean test(byte[] codes);
  }

  private boolean anyRow(Tensor tensor, RowTest test) {
    LowBitCodec codec = Codecs.lowBit(tensor.type()).orElseThrow();
    AtomicBoolean found = new AtomicBoolean();
    backend
        .threads()
        .run(
            Math.toIntExact(tensor.rows()),
            1,
            (from, to) -> {
              byte[] codes = new byte[tensor.cols()];
              for (int row = from; row < to && !found.get(); row++) {
                codec.decodeCodes(tensor, row, codes);
                if (test.test(codes)) {
                  found.set(true);
                }
              }
            });
    return found.get();
  }

  /// The scales of a tensor, reduced to the simplest form that says the same.
  ///
  /// The scale of a group of zeros does not matter: encoders write 0 or 1 there, whatever the rest
  /// of the tensor has.
  private static final class ScaleTable {
    private final int rows;
    private final int groupColumns;
    private final int groups;
    private final float[] scales;
    private final boolean[] matters;

    ScaleTable(int rows, int cols, int scaleGroup) {
      this.rows = rows;
      this.groupColumns = Math.min(scaleGroup, cols);
      this.groups = Math.ceilDiv(cols, groupColumns);
      this.scales = new float[Math.multiplyExact(rows, groups)];
      this.matters = new boolean[scales.length];
    }

    void set(int row, int group, float dequantScale, byte[] codes) {
      scales[row * groups + group] = dequantScale;
      matters[row * groups + group] = anyNonZero(codes, group);
    }

    private boolean anyNonZero(byte[] codes, int group) {
      int to = Math.min((group + 1) * groupColumns, codes.length);
      for (int col = group * groupColumns; col < to; col++) {
        if (codes[col] != 0) {
          return true;
        }
      }
      return false;
    }

    DequantScales simplest() {
      float common = common(0, scales.length);
      if (!Float.isNaN(common)) {
        return new DequantScales.PerTensor(common);
      }
      float[] ofRows = new float[rows];
      for (int row = 0; row < rows; row++) {
        ofRows[row] = common(row * groups, (row + 1) * groups);
        if (Float.isNaN(ofRows[row])) {
          return new DequantScales.PerGroup(scales, groupColumns, groups);
        }
      }
      return new DequantScales.PerRow(ofRows);
    }

    /// The one scale of all groups that matter, 0 when none does, NaN when they differ.
    private float common(int from, int to) {
      float common = 0f;
      boolean any = false;
      for (int i = from; i < to; i++) {
        if (!matters[i]) {
          continue;
        }
        if (any && scales[i] != common) {
          return Float.NaN;
        }
        common = scales[i];
        any = true;
      }
      return common;
    }
  }
}
