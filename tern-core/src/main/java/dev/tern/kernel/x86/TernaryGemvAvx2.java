package dev.tern.kernel.x86;

import java.util.List;

/// Sums of a tile with `vpmaddubsw`: 32 columns of one row in one instruction, added as words.
final class TernaryGemvAvx2 extends TernaryGemv {
  /// A 16-bit lane gains at most 4 quarters * 2 products * 2 * 127 = 2,032 a block; 16 blocks:
  /// 32,512.
  private static final int BLOCKS_PER_FLUSH = 16;

  // ymm0 to ymm7: 16-bit sums of the tile, then its 32-bit sums.
  private static final Ymm MASK = Ymm.YMM8; // 3 in every byte
  private static final Ymm PACKED = Ymm.YMM10;
  private static final Ymm CODES = Ymm.YMM11;
  private static final Ymm PRODUCTS = Ymm.YMM12;

  /// The activations of a block, one register for each quarter, which eight rows of one token
  /// share; more tokens have none left and read theirs from memory.
  private static final List<Ymm> QUARTERS = List.of(Ymm.YMM9, Ymm.YMM13, Ymm.YMM14, Ymm.YMM15);

  private final Label ones = newLabel();

  TernaryGemvAvx2(int tokens) {
    this(tokens, false);
  }

  TernaryGemvAvx2(int tokens, boolean listed) {
    super(tokens, listed);
  }

  @Override
  int localBytes() {
    return LOCALS + DOTS * VECTOR_BYTES;
  }

  /// The 32-bit sums of blocks that have been flushed. Exact: at most 2 * 127 * columns.
  private Mem flushed(int dot) {
    return local(LOCALS + dot * VECTOR_BYTES);
  }

  @Override
  void prepare() {
    mov(Gpr.RAX, 0x03030303L);
    vmovd(MASK.low(), Gpr.RAX);
    vpbroadcastd(MASK, MASK.low());
  }

  @Override
  void sums() {
    vpxor(CODES, CODES, CODES);
    for (int dot = 0; dot < DOTS; dot++) {
      vmovdqa(flushed(dot), CODES);
    }

    Label flush = here();
    Label counted = newLabel();
    mov(COUNT, BLOCKS_PER_FLUSH);
    cmp(BLOCKS_LEFT, COUNT);
    jge(counted);
    mov(COUNT, BLOCKS_LEFT);
    bind(counted);
    sub(BLOCKS_LEFT, COUNT);
    sumRegisters().forEach(sum -> vpxor(sum, sum, sum));

    Label block = here();
    if (tokens == 1) {
      for (int quarter = 0; quarter < QUARTERS.size(); quarter++) {
        vmovdqu(QUARTERS.get(quarter), activations(0, quarter));
      }
    }
    for (int row = 0; row < rows; row++) {
      vmovdqu(PACKED, row(row));
      vpand(CODES, PACKED, MASK);
      accumulate(row, 3);
      for (int quarter = 2; quarter >= 0; quarter--) {
        vpsrlw(CODES, PACKED, 6 - 2 * quarter);
        vpand(CODES, CODES, MASK);
        accumulate(row, quarter);
      }
    }
    advance(1);
    dec(COUNT);
    jne(block);

    vpbroadcastd(CODES, Mem.at(ones));
    for (int dot = 0; dot < DOTS; dot++) {
      Ymm sum = sumRegisters().get(dot);
      vpmaddwd(sum, sum, CODES);
      vpaddd(sum, sum, flushed(dot));
      vmovdqa(flushed(dot), sum);
    }
    test(BLOCKS_LEFT, BLOCKS_LEFT);
    jne(flush);
  }

  private void accumulate(int row, int quarter) {
    for (int token = 0; token < tokens; token++) {
      Ymm sum = sumRegisters().get(token * rows + row);
      vpmaddubsw(
          PRODUCTS, CODES, tokens == 1 ? QUARTERS.get(quarter) : activations(token, quarter));
      vpaddw(sum, sum, PRODUCTS);
    }
  }

  @Override
  void constants() {
    bind(ones);
    emit32(0x00010001); // 1 in every word
  }
}
