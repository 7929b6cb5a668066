package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.KernelChoice;
import dev.tern.kernel.x86.InstructionSet;
import dev.tern.kernel.x86.X86Kernels;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelProviderTest {
  @Test
  void prefersMachineCode() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    KernelProvider.Selection auto = KernelProvider.select(KernelChoice.AUTO);
    assertEquals("x86, " + X86Kernels.best().label(), auto.kernels().description());
    assertFalse(auto.degraded());
    assertTrue(auto.kernels().isSettled(), "nothing to wait for");
    KernelProvider.Selection x86 = KernelProvider.select(KernelChoice.X86);
    assertEquals(auto.kernels().description(), x86.kernels().description());
  }

  @Test
  void takesTheInstructionSetThatIsAskedFor() {
    Map<KernelChoice, InstructionSet> sets =
        Map.of(
            KernelChoice.X86_AVX2, InstructionSet.AVX2,
            KernelChoice.X86_AVX_VNNI, InstructionSet.AVX_VNNI,
            KernelChoice.X86_AVX512_VNNI, InstructionSet.AVX512_VNNI);
    sets.forEach((choice, set) -> {
      String obstacle = X86Kernels.obstacle(set);
      assertEquals(obstacle, KernelProvider.obstacle(choice));
      if (obstacle.isEmpty()) {
        assertEquals("x86, " + set.label(), KernelProvider.select(choice).kernels().description());
      } else {
        IllegalArgumentException refusal =
            assertThrows(IllegalArgumentException.class, () -> KernelProvider.select(choice));
        assertTrue(refusal.getMessage().contains(obstacle), refusal.getMessage());
      }
    });
  }

  @Test
  void warmsUpOnceForAllModels() {
    assumeTrue(
        KernelProvider.obstacle(KernelChoice.VECTOR).isEmpty(),
        KernelProvider.obstacle(KernelChoice.VECTOR));
    assertSame(KernelProvider.portable().kernels(), KernelProvider.portable().kernels());
  }
}
