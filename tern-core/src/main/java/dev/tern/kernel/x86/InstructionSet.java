package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512BW;
import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512F;
import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512VL;
import static dev.tern.kernel.x86.CpuFeatures.Feature.F16C;
import static dev.tern.kernel.x86.CpuFeatures.Feature.FMA;

import dev.tern.kernel.x86.CpuFeatures.Feature;
import java.util.EnumSet;
import java.util.Set;

/// The instruction sets that there are kernels for, the better ones last.
public enum InstructionSet {
  /// 256-bit integers: since 2013.
  AVX2("AVX2"),
  /// AVX2 with `vpdpbusd` on 256 bits.
  AVX_VNNI("AVX-VNNI"),
  /// `vpdpbusd` on 512 bits.
  AVX512_VNNI("AVX-512 VNNI");

  private final String label;

  InstructionSet(String label) {
    this.label = label;
  }

  private Set<Feature> needs() {
    Set<Feature> base = EnumSet.of(Feature.AVX2, FMA, F16C);
    switch (this) {
      case AVX2 -> {}
      case AVX_VNNI -> base.add(Feature.AVX_VNNI);
      case AVX512_VNNI -> base.addAll(Set.of(AVX512F, AVX512BW, AVX512VL, Feature.AVX512_VNNI));
    }
    return base;
  }

  /// {@return its name for people}
  public String label() {
    return label;
  }

  /// {@return which of its extensions are missing}
  Set<Feature> missing(Set<Feature> available) {
    Set<Feature> missing = needs();
    missing.removeAll(available);
    return missing;
  }
}
