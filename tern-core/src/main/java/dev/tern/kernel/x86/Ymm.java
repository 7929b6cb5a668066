package dev.tern.kernel.x86;

import java.util.List;

/// The vector registers of 256 bits.
enum Ymm implements Register, YmmSource {
  YMM0(0),
  YMM1(1),
  YMM2(2),
  YMM3(3),
  YMM4(4),
  YMM5(5),
  YMM6(6),
  YMM7(7),
  YMM8(8),
  YMM9(9),
  YMM10(10),
  YMM11(11),
  YMM12(12),
  YMM13(13),
  YMM14(14),
  YMM15(15);

  private static final List<Ymm> ALL = List.of(values());

  private final int number;

  Ymm(int number) {
    this.number = number;
  }

  /// {@return the register of a number}
  static Ymm of(int number) {
    return ALL.get(number);
  }

  @Override
  public int number() {
    return number;
  }

  /// {@return the register that is this one's lower half}
  Xmm low() {
    return Xmm.of(number);
  }
}
