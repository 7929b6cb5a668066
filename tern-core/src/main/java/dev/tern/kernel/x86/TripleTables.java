package dev.tern.kernel.x86;

import dev.tern.kernel.TernaryTriples;
import java.util.List;

/// The tables that [TripleGemv] looks up, for one token: for each triple of columns, what its
/// activations give with the balanced numbers 0 to 13, as `27 h + l` in two rows of 16 bytes: l,
/// then h.
///
/// A value is at most 3 * 127 = 381 in magnitude, so that |h| <= 14; rounding leaves |l| <= 13.
///
/// A = int8 activations, a multiple of 16 of them; B = room for them as words, with zeros behind
/// them up to the last triple; C = the tables, 32 bytes a triple; P = the parameters below.
final class TripleTables extends Routine {
  /// Bytes of one triple's two tables.
  static final int TABLE_BYTES = 32;

  // Parameters: 64-bit words.
  static final int VECTORS = 0; // of 16 activations
  static final int TRIPLES = 1;
  static final int PARAMETER_BYTES = 2 * Long.BYTES;

  /// What a trit of each column of a triple counts.
  private static final List<Integer> PLACES = List.of(9, 3, 1);

  private static final int NUMBERS = 16;

  /// 2^15 / 27, so that `vpmulhrsw` divides by 27.
  private static final int RECIPROCAL = 1214;

  // ymm0 to ymm2: the trits of the 16 numbers, for each column of a triple.
  private static final Ymm RECIPROCALS = Ymm.YMM3;
  private static final Ymm RADIXES = Ymm.YMM4;
  private static final Ymm LOW = Ymm.YMM5; // the values, then their lower parts
  private static final Ymm HIGH = Ymm.YMM6;
  private static final Ymm PRODUCT = Ymm.YMM7;

  private static final Gpr COUNT = Gpr.R8;
  private static final Gpr WORDS = Gpr.R9;

  /// The trits of the 16 numbers at each place.
  private final List<Label> trits = PLACES.stream().map(_ -> newLabel()).toList();

  private final Label reciprocal = newLabel();
  private final Label radix = newLabel();

  @Override
  void body() {
    for (int column = 0; column < PLACES.size(); column++) {
      vmovdqu(Ymm.of(column), Mem.at(trits.get(column)));
    }
    vpbroadcastw(RECIPROCALS, Mem.at(reciprocal));
    vpbroadcastw(RADIXES, Mem.at(radix));

    mov(COUNT, parameter(VECTORS));
    mov(WORDS, B);
    Label widen = here();
    vpmovsxbw(LOW, Mem.at(A));
    vmovdqu(Mem.at(WORDS), LOW);
    add(A, 16);
    add(WORDS, 32);
    dec(COUNT);
    jne(widen);

    mov(COUNT, parameter(TRIPLES));
    Label triple = here();
    vpbroadcastw(LOW, Mem.at(B));
    vpmullw(LOW, LOW, Ymm.of(0));
    for (int column = 1; column < PLACES.size(); column++) {
      vpbroadcastw(PRODUCT, Mem.at(B, column * Short.BYTES));
      vpmullw(PRODUCT, PRODUCT, Ymm.of(column));
      vpaddw(LOW, LOW, PRODUCT);
    }
    vpmulhrsw(HIGH, LOW, RECIPROCALS);
    vpmullw(PRODUCT, HIGH, RADIXES);
    vpsubw(LOW, LOW, PRODUCT);
    vpacksswb(LOW, LOW, HIGH);
    vpermq(LOW, LOW, 0b11_01_10_00);
    vmovdqu(Mem.at(C), LOW);
    add(B, 3 * Short.BYTES);
    add(C, TABLE_BYTES);
    dec(COUNT);
    jne(triple);
  }

  @Override
  void constants() {
    for (int column = 0; column < PLACES.size(); column++) {
      bind(trits.get(column));
      for (int number = 0; number < NUMBERS; number++) {
        emit16(trit(number, PLACES.get(column)));
      }
    }
    bind(reciprocal);
    emit16(RECIPROCAL);
    bind(radix);
    emit16(TernaryTriples.RADIX);
  }

  /// {@return the digit of a balanced number from 0 to 13 at a place: 9, 3 or 1}
  private static int trit(int number, int place) {
    return Math.floorMod(Math.floorDiv(number + place / 2, place) + 1, 3) - 1;
  }

  private void emit16(int value) {
    emit8(value & 0xFF);
    emit8(value >> 8 & 0xFF);
  }
}
