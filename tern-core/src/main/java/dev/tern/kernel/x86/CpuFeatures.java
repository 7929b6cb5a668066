package dev.tern.kernel.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// What the processor can do and the operating system lets it do, asked by `cpuid` and `xgetbv`.
///
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, section 14.3 and
/// chapter 15.2; volume 2, `CPUID`.
final class CpuFeatures {
  private static final int EAX = 0;
  private static final int EBX = 1;
  private static final int ECX = 2;
  private static final int EDX = 3;

  /// Leaf 1, ecx: `xgetbv` can be used.
  private static final int OSXSAVE = 27;

  /// Bits of register 0 of `xgetbv`: xmm and ymm state; mask, upper zmm and high zmm state.
  private static final int YMM_STATE = 0b110;

  private static final int ZMM_STATE = 0b1110_0110;

  /// An extension of the instruction set, where `cpuid` tells it, and which state it needs.
  enum Feature {
    F16C(1, 0, ECX, 29, YMM_STATE),
    FMA(1, 0, ECX, 12, YMM_STATE),
    AVX2(7, 0, EBX, 5, YMM_STATE),
    BMI2(7, 0, EBX, 8, 0),
    AVX_VNNI(7, 1, EAX, 4, YMM_STATE),
    AVX512F(7, 0, EBX, 16, ZMM_STATE),
    AVX512BW(7, 0, EBX, 30, ZMM_STATE),
    AVX512VL(7, 0, EBX, 31, ZMM_STATE),
    AVX512_VBMI(7, 0, ECX, 1, ZMM_STATE),
    AVX512_VNNI(7, 0, ECX, 11, ZMM_STATE);

    private final int leaf;
    private final int subleaf;
    private final int register;
    private final int bit;
    private final int state;

    Feature(int leaf, int subleaf, int register, int bit, int state) {
      this.leaf = leaf;
      this.subleaf = subleaf;
      this.register = register;
      this.bit = bit;
      this.state = state;
    }
  }

  /// The processor's answers, for tests to make up.
  interface Source {
    /// {@return eax, ebx, ecx and edx of a leaf of `cpuid`}
    int[] cpuid(int leaf, int subleaf);

    /// {@return the state that the system saves; asked only where `cpuid` allows it}
    int xgetbv();
  }

  private CpuFeatures() {}

  /// {@return whether this is an x86-64 processor, whatever its age}
  static boolean isArchitecture() {
    String name = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return name.equals("amd64") || name.equals("x86_64");
  }

  /// {@return the features of this processor that can be used}
  ///
  /// @throws UnavailableException if machine code cannot be had here
  static Set<Feature> ofThisProcessor() throws UnavailableException {
    List<NativeCode.Function> functions = NativeCode.load(List.of(new Cpuid(), new Xgetbv()));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(4L * Integer.BYTES, Long.BYTES);
      MemorySegment question = arena.allocate(2L * Long.BYTES, Long.BYTES);
      return of(
          new Source() {
            @Override
            public int[] cpuid(int leaf, int subleaf) {
              Routine.setParameter(question, 0, leaf);
              Routine.setParameter(question, 1, subleaf);
              functions.getFirst().call(answer, answer, answer, question);
              return answer.toArray(ValueLayout.JAVA_INT);
            }

            @Override
            public int xgetbv() {
              functions.getLast().call(answer, answer, answer, question);
              return answer.get(ValueLayout.JAVA_INT, 0);
            }
          });
    }
  }

  /// {@return the features that a processor's answers tell}
  static Set<Feature> of(Source source) {
    Set<Feature> features = EnumSet.noneOf(Feature.class);
    int lastLeaf = source.cpuid(0, 0)[EAX];
    if (Integer.compareUnsigned(lastLeaf, 1) < 0) {
      return features;
    }
    boolean asksSystem = bit(source.cpuid(1, 0)[ECX], OSXSAVE);
    int state = asksSystem ? source.xgetbv() : 0;
    for (Feature feature : Feature.values()) {
      boolean answered =
          Integer.compareUnsigned(feature.leaf, lastLeaf) <= 0
              && (feature.subleaf == 0 || source.cpuid(feature.leaf, 0)[EAX] >= feature.subleaf);
      if (answered
          && bit(source.cpuid(feature.leaf, feature.subleaf)[feature.register], feature.bit)
          && (state & feature.state) == feature.state) {
        features.add(feature);
      }
    }
    return features;
  }

  private static boolean bit(int word, int index) {
    return (word >>> index & 1) != 0;
  }

  /// A = four words for the answer; parameters: leaf, subleaf.
  private static final class Cpuid extends Routine {
    @Override
    void body() {
      mov32(Gpr.RAX, parameter(0));
      mov32(Gpr.RCX, parameter(1));
      cpuid();
      mov32(Mem.at(A, EAX * Integer.BYTES), Gpr.RAX);
      mov32(Mem.at(A, EBX * Integer.BYTES), Gpr.RBX);
      mov32(Mem.at(A, ECX * Integer.BYTES), Gpr.RCX);
      mov32(Mem.at(A, EDX * Integer.BYTES), Gpr.RDX);
    }
  }

  /// A = a word for the answer.
  private static final class Xgetbv extends Routine {
    @Override
    void body() {
      mov(Gpr.RCX, 0L);
      xgetbv();
      mov32(Mem.at(A), Gpr.RAX);
    }
  }
}
