package dev.tern.kernel.x86;

/// Sums of a tile with the `vpdpbusd` of AVX-VNNI: no words in between, so nothing to flush.
class TernaryGemvVnni extends TernaryGemv {
  // ymm0 to ymm7: 32-bit sums of the tile. Exact: at most 2 * 127 * columns.
  private static final Ymm MASK = Ymm.YMM8; // 3 in every byte
  private static final Ymm PACKED = Ymm.YMM9;
  private static final Ymm CODES = Ymm.YMM10;

  TernaryGemvVnni(int tokens) {
    this(tokens, false);
  }

  TernaryGemvVnni(int tokens, boolean listed) {
    super(tokens, listed);
  }

  @Override
  void prepare() {
    mov(Gpr.RAX, 0x03030303L);
    vmovd(MASK.low(), Gpr.RAX);
    vpbroadcastd(MASK, MASK.low());
  }

  @Override
  void sums() {
    sumRegisters().forEach(sum -> vpxor(sum, sum, sum));

    Label block = here();
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
    dec(BLOCKS_LEFT);
    jne(block);
  }

  private void accumulate(int row, int quarter) {
    for (int token = 0; token < tokens; token++) {
      Ymm sum = sumRegisters().get(token * rows + row);
      vpdpbusd(sum, CODES, activations(token, quarter));
    }
  }
}
