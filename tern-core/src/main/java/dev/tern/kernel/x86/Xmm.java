package dev.tern.kernel.x86;

import java.util.List;

/// The vector registers of 128 bits.
enum Xmm implements Register, XmmSource {
  XMM0(0),
  XMM1(1),
  XMM2(2),
  XMM3(3),
  XMM4(4),
  XMM5(5),
  XMM6(6),
  XMM7(7),
  XMM8(8),
  XMM9(9),
  XMM10(10),
  XMM11(11),
  XMM12(12),
  XMM13(13),
  XMM14(14),
  XMM15(15);

  private static final List<Xmm> ALL = List.of(values());

  private final int number;

  Xmm(int number) {
    this.number = number;
  }

  /// {@return the register of a number}
  static Xmm of(int number) {
    return ALL.get(number);
  }

  @Override
  public int number() {
    return number;
  }
}
