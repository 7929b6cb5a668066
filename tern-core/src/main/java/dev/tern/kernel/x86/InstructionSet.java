package dev.tern.kernel.x86;

import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512BW;
import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512F;
import static dev.tern.kernel.x86.CpuFeatures.Feature.AVX512VL;
import static dev.tern.kernel.x86.CpuFeatures.Feature.F16C;
import static dev.tern.kernel.x86.CpuFeatures.Feature.FMA;

import dev.tern.kernel.x86.CpuFeatures.Feature;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/// The instruction sets that there are kernels for, the better ones last.
public enum InstructionSet {
  /// 256-bit integers: since 2013.
  AVX2("avx2", "AVX2"),
  /// AVX2 with `vpdpbusd` on 256 bits.
  AVX_VNNI("avx-vnni", "AVX-VNNI"),
  /// `vpdpbusd` on 512 bits.
  AVX512_VNNI("avx512-vnni", "AVX-512 VNNI");

  private final String optionName;
  private final String label;

  InstructionSet(String optionName, String label) {
    this.optionName = optionName;
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

  /// {@return the name by which it can be asked for}
  public String optionName() {
    return optionName;
  }

  /// {@return its name for people}
  public String label() {
    return label;
  }

  /// {@return the instruction set of a name}
  ///
  /// @param name as people write it
  /// @throws IllegalArgumentException if there is none; the message names all
  public static InstructionSet named(String name) {
    return Arrays.stream(values())
        .filter(set -> set.optionName.equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there are no kernels for an instruction set called %s, only for %s"
                    .formatted(
                        name,
                        Arrays.stream(values())
                            .map(InstructionSet::optionName)
                            .collect(Collectors.joining(", ")))));
  }

  /// {@return which of its extensions are missing}
  Set<Feature> missing(Set<Feature> available) {
    Set<Feature> missing = needs();
    missing.removeAll(available);
    return missing;
  }
}
