package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BatchSpeedTest {
  @Test
  void refusesTextsForWhoseKeysAndValuesThereIsNoMemory() {
    MemoryShortageException refusal =
        assertThrows(
            MemoryShortageException.class,
            () -> BatchSpeed.requireMemory(4096, 2_000_000_000, 1_999_999_999));
    assertEquals(ExitCode.NO_MEMORY, ExitCode.of(refusal));
    assertTrue(refusal.getMessage().contains("--parallel"), refusal.getMessage());
    assertDoesNotThrow(() -> BatchSpeed.requireMemory(1, 1000, 1000));
  }
}
