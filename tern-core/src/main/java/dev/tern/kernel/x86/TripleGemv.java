package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryTriples;

/// One token times ternary rows in 5 bits for 3 weights: decode, where memory is what is slow.
///
/// Each triple's magnitude looks up what the triple of activations gives, split into `27 h + l` so
/// that both parts fit a byte and can be added as bytes for a whole unit of 8 triples. A negative
/// triple complements the entry, `-v = ~v + 1`; the ones that are missing then, 27 + 1 for each,
/// are the row's correction.
///
/// A = tiles; B = tables of [TripleTables]; C = outputs, 64 for each tile; P = the parameters
/// below, then the rows' scales. The twin: `ScalarKernels#linear`.
final class TripleGemv extends Routine {
  // Parameters: 64-bit words.
  static final int TILES = 0;
  static final int UNITS = 1;

  /// From eight rows' scales to the next's, in bytes: 0 if all rows share one.
  static final int SCALE_STEP = 2;

  // Parameters: byte offsets of 8 equal lanes each.
  static final int QUANT_SCALE = 32;
  static final int OUTPUT_SCALE = 64;

  /// Byte offset of the scales of all rows.
  static final int SCALES = 96;

  /// A byte gains at most 15 a triple, 120 a unit; 256 units make 30,720 of a word.
  private static final int UNITS_PER_FLUSH = 256;

  /// Where the stream of weights is fetched ahead, in bytes.
  private static final int PREFETCH_DISTANCE = 5_120;

  private static final int TRIPLES = 8;
  private static final int VECTOR_BYTES = 32;
  private static final int CACHE_LINE = 64;

  // The two halves of a tile, 32 rows each.
  private static final Ymm[] LOW = {Ymm.YMM0, Ymm.YMM1}; // byte sums of l
  private static final Ymm[] HIGH = {Ymm.YMM2, Ymm.YMM3}; // byte sums of h
  private static final Ymm[] SIGNS = {Ymm.YMM4, Ymm.YMM5};
  private static final Ymm[] MAGNITUDES = {Ymm.YMM6, Ymm.YMM7}; // of two triples
  private static final Ymm LOW_TABLE = Ymm.YMM8;
  private static final Ymm HIGH_TABLE = Ymm.YMM9;
  private static final Ymm MASK = Ymm.YMM10; // 15 in every byte
  private static final Ymm ZERO = Ymm.YMM11;
  private static final Ymm INDEX = Ymm.YMM12;
  private static final Ymm NEGATIVE = Ymm.YMM13;
  private static final Ymm LOW_ENTRY = Ymm.YMM14;
  private static final Ymm HIGH_ENTRY = Ymm.YMM15;

  private static final Gpr TABLES = Gpr.R8;
  private static final Gpr TILES_LEFT = Gpr.R9;
  private static final Gpr UNITS_LEFT = Gpr.R10;
  private static final Gpr COUNT = Gpr.R11;
  private static final Gpr SCALE = Gpr.R12;

  // Local memory: word sums `[half, l or h, even or odd rows]`, then int sums of 8 rows each.
  private static final int WORD_SUMS = 8;
  private static final int INT_SUMS = 8;
  private static final int INT_SUMS_AT = WORD_SUMS * VECTOR_BYTES;
  private static final int LOCALS = INT_SUMS_AT + INT_SUMS * VECTOR_BYTES;

  private final Label mask = newLabel();
  private final Label evenBytes = newLabel();
  private final Label oddBytes = newLabel();
  private final Label oneAndRadix = newLabel();

  @Override
  int localBytes() {
    return LOCALS;
  }

  private Mem wordSum(int half, int part, int odd) {
    return local(((half * 2 + part) * 2 + odd) * VECTOR_BYTES);
  }

  /// The sums of rows 8 i to 8 i + 7. Exact: at most 381 * columns / 3.
  private Mem intSum(int i) {
    return local(INT_SUMS_AT + i * VECTOR_BYTES);
  }

  @Override
  void body() {
    vpbroadcastd(MASK, Mem.at(mask));
    vpxor(ZERO, ZERO, ZERO);
    lea(SCALE, Mem.at(P, SCALES));
    mov(TILES_LEFT, parameter(TILES));

    Label tile = here();
    mov(TABLES, B);
    mov(UNITS_LEFT, parameter(UNITS));
    for (int i = 0; i < INT_SUMS; i++) {
      vmovdqa(intSum(i), ZERO);
    }

    Label flush = here();
    for (int i = 0; i < WORD_SUMS; i++) {
      vmovdqa(local(i * VECTOR_BYTES), ZERO);
    }
    Label counted = newLabel();
    mov(COUNT, UNITS_PER_FLUSH);
    cmp(UNITS_LEFT, COUNT);
    jge(counted);
    mov(COUNT, UNITS_LEFT);
    bind(counted);
    sub(UNITS_LEFT, COUNT);

    Label unit = here();
    unit();
    widen();
    add(A, TernaryTriples.UNIT_BYTES);
    add(TABLES, TRIPLES * TripleTables.TABLE_BYTES);
    dec(COUNT);
    jne(unit);

    flush();
    test(UNITS_LEFT, UNITS_LEFT);
    jne(flush);

    outputs();
    dec(TILES_LEFT);
    jne(tile);
  }

  /// Adds the table entries of 8 triples as bytes.
  private void unit() {
    for (int line = 0; line < TernaryTriples.UNIT_BYTES; line += CACHE_LINE) {
      prefetcht0(Mem.at(A, PREFETCH_DISTANCE + line));
    }
    for (int half = 0; half < 2; half++) {
      vmovdqu(SIGNS[half], Mem.at(A, TRIPLES / 2 * TernaryTriples.TILE_ROWS + half * VECTOR_BYTES));
    }
    for (int triple = 0; triple < TRIPLES; triple++) {
      vbroadcasti128(LOW_TABLE, Mem.at(TABLES, triple * TripleTables.TABLE_BYTES));
      vbroadcasti128(HIGH_TABLE, Mem.at(TABLES, triple * TripleTables.TABLE_BYTES + 16));
      for (int half = 0; half < 2; half++) {
        triple(triple, half);
      }
    }
  }

  private void triple(int triple, int half) {
    if (triple % 2 == 0) {
      vmovdqu(
          MAGNITUDES[half], Mem.at(A, triple / 2 * TernaryTriples.TILE_ROWS + half * VECTOR_BYTES));
      vpand(INDEX, MAGNITUDES[half], MASK);
    } else {
      vpsrlw(INDEX, MAGNITUDES[half], 4);
      vpand(INDEX, INDEX, MASK);
    }
    // The sign bit of each byte; what crosses over from the byte below stays beneath it.
    vpsllw(NEGATIVE, SIGNS[half], TRIPLES - 1 - triple);
    vpcmpgtb(NEGATIVE, ZERO, NEGATIVE);
    vpshufb(LOW_ENTRY, LOW_TABLE, INDEX);
    vpshufb(HIGH_ENTRY, HIGH_TABLE, INDEX);
    if (triple == 0) {
      vpxor(LOW[half], LOW_ENTRY, NEGATIVE);
      vpxor(HIGH[half], HIGH_ENTRY, NEGATIVE);
    } else {
      vpxor(LOW_ENTRY, LOW_ENTRY, NEGATIVE);
      vpxor(HIGH_ENTRY, HIGH_ENTRY, NEGATIVE);
      vpaddb(LOW[half], LOW[half], LOW_ENTRY);
      vpaddb(HIGH[half], HIGH[half], HIGH_ENTRY);
    }
  }

  /// Adds the byte sums to the word sums of even and of odd rows.
  private void widen() {
    Ymm even = LOW_TABLE;
    Ymm odd = HIGH_TABLE;
    vpbroadcastd(even, Mem.at(evenBytes));
    vpbroadcastd(odd, Mem.at(oddBytes));
    for (int half = 0; half < 2; half++) {
      for (int part = 0; part < 2; part++) {
        Ymm bytes = part == 0 ? LOW[half] : HIGH[half];
        vpmaddubsw(LOW_ENTRY, even, bytes);
        vpmaddubsw(HIGH_ENTRY, odd, bytes);
        vpaddw(LOW_ENTRY, LOW_ENTRY, wordSum(half, part, 0));
        vpaddw(HIGH_ENTRY, HIGH_ENTRY, wordSum(half, part, 1));
        vmovdqa(wordSum(half, part, 0), LOW_ENTRY);
        vmovdqa(wordSum(half, part, 1), HIGH_ENTRY);
      }
    }
  }

  /// Adds `27 h + l` of the word sums to the int sums.
  private void flush() {
    Ymm factors = MAGNITUDES[0];
    vpbroadcastd(factors, Mem.at(oneAndRadix));
    for (int half = 0; half < 2; half++) {
      for (int odd = 0; odd < 2; odd++) {
        vmovdqa(LOW_ENTRY, wordSum(half, 0, odd));
        vmovdqa(HIGH_ENTRY, wordSum(half, 1, odd));
        vpunpcklwd(LOW_TABLE, LOW_ENTRY, HIGH_ENTRY);
        vpunpckhwd(HIGH_TABLE, LOW_ENTRY, HIGH_ENTRY);
        vpmaddwd(LOW_TABLE, LOW_TABLE, factors);
        vpmaddwd(HIGH_TABLE, HIGH_TABLE, factors);
        int first = half * 4 + odd * 2;
        vpaddd(LOW_TABLE, LOW_TABLE, intSum(first));
        vmovdqa(intSum(first), LOW_TABLE);
        vpaddd(HIGH_TABLE, HIGH_TABLE, intSum(first + 1));
        vmovdqa(intSum(first + 1), HIGH_TABLE);
      }
    }
  }

  /// `dot / quantScale * scale * outputScale`, in the order of `TernaryMatrix.Part#output`.
  private void outputs() {
    Ymm dots = LOW_ENTRY;
    for (int i = 0; i < INT_SUMS; i++) {
      vmovdqa(dots, intSum(i));
      vpaddd(dots, dots, Mem.at(A, i * VECTOR_BYTES));
      vcvtdq2ps(dots, dots);
      vdivps(dots, dots, Mem.at(P, QUANT_SCALE));
      vmulps(dots, dots, Mem.at(SCALE));
      vmulps(dots, dots, Mem.at(P, OUTPUT_SCALE));
      vmovups(Mem.at(C, i * VECTOR_BYTES), dots);
      add(SCALE, parameter(SCALE_STEP));
    }
    add(A, TernaryTriples.CORRECTION_BYTES);
    add(C, TernaryTriples.TILE_ROWS * Float.BYTES);
  }

  @Override
  void constants() {
    bind(mask);
    emit32(0x0F0F0F0F);
    bind(evenBytes);
    emit32(0x00010001);
    bind(oddBytes);
    emit32(0x01000100);
    bind(oneAndRadix);
    emit32(TernaryTriples.RADIX << 16 | 1);
  }
}
