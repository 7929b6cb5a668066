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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KernelProviderTest {
  private static final String PROPERTY = "tern.instructionSet";

  @AfterEach
  void askForNothing() {
    System.clearProperty(PROPERTY);
  }

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
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    for (InstructionSet set : InstructionSet.values()) {
      System.setProperty(PROPERTY, set.optionName());
      if (X86Kernels.obstacle(set).isEmpty()) {
        assertEquals(
            "x86, " + set.label(), KernelProvider.select(KernelChoice.X86).kernels().description());
      } else {
        IllegalArgumentException refusal =
            assertThrows(
                IllegalArgumentException.class, () -> KernelProvider.select(KernelChoice.X86));
        assertTrue(refusal.getMessage().contains(X86Kernels.obstacle(set)), refusal.getMessage());
      }
    }
  }

  @Test
  void refusesAnInstructionSetThatItDoesNotKnow() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    System.setProperty(PROPERTY, "mmx");
    assertThrows(IllegalArgumentException.class, () -> KernelProvider.select(KernelChoice.AUTO));
  }

  @Test
  void warmsUpOnceForAllModels() {
    assumeTrue(
        KernelProvider.obstacle(KernelChoice.VECTOR).isEmpty(),
        KernelProvider.obstacle(KernelChoice.VECTOR));
    assertSame(KernelProvider.portable().kernels(), KernelProvider.portable().kernels());
  }
}
