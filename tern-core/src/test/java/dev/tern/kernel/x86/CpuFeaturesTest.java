package dev.tern.kernel.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.CpuTopology;
import dev.tern.kernel.x86.CpuFeatures.Feature;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What processors answer, and what it means.
class CpuFeaturesTest {
  private static final int OSXSAVE = 1 << 27;
  private static final int XMM_AND_YMM = 0b111;
  private static final int ALL_STATE = 0b1110_0111;

  /// A processor that can do everything.
  private record Everything(int lastLeaf, int leaf1Ecx, int state) implements CpuFeatures.Source {
    @Override
    public int[] cpuid(int leaf, int subleaf) {
      return switch (leaf) {
        case 0 -> new int[] {lastLeaf, 0, 0, 0};
        case 1 -> new int[] {0, 0, leaf1Ecx, 0};
        default -> new int[] {subleaf == 0 ? 1 : -1, -1, -1, -1};
      };
    }

    @Override
    public int xgetbv() {
      return state;
    }
  }

  @Test
  void needsTheSystemToSaveRegisters() {
    assertEquals(EnumSet.allOf(Feature.class), CpuFeatures.of(new Everything(7, -1, ALL_STATE)));
    Set<Feature> withoutZmm = CpuFeatures.of(new Everything(7, -1, XMM_AND_YMM));
    assertEquals(
        EnumSet.of(Feature.F16C, Feature.FMA, Feature.AVX2, Feature.BMI2, Feature.AVX_VNNI),
        withoutZmm);
    assertEquals(EnumSet.of(Feature.BMI2), CpuFeatures.of(new Everything(7, ~OSXSAVE, ALL_STATE)));
  }

  @Test
  void doesNotAskForLeavesThatAProcessorLacks() {
    assertEquals(
        EnumSet.of(Feature.F16C, Feature.FMA), CpuFeatures.of(new Everything(1, -1, ALL_STATE)));
    assertEquals(Set.of(), CpuFeatures.of(new Everything(0, -1, ALL_STATE)));
  }

  @Test
  void agreesWithTheOperatingSystem() throws UnavailableException {
    assumeTrue(CpuFeatures.isArchitecture(), "cpuid is an instruction of x86-64");
    List<String> told = CpuTopology.features();
    assumeTrue(!told.isEmpty(), "the system does not tell");
    Set<Feature> features = CpuFeatures.ofThisProcessor();
    for (Feature feature : Feature.values()) {
      String name = feature.toString().toLowerCase(Locale.ROOT).replace("512_vbmi", "512vbmi");
      if (feature != Feature.AVX512VL) {
        assertEquals(told.contains(name), features.contains(feature), name);
      }
    }
    assertTrue(InstructionSet.AVX2.missing(EnumSet.allOf(Feature.class)).isEmpty());
  }
}
