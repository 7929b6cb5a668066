package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.x86.X86Kernels;
import org.junit.jupiter.api.Test;

class LayoutCalibrationTest {
  @Test
  void measuresBothLayouts() {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    Kernels kernels = X86Kernels.create(X86Kernels.best(), new ScalarKernels());
    try (Backend backend = new Backend(kernels, new ComputeThreads(2))) {
      LayoutCalibration.Result result = LayoutCalibration.measure(backend);
      assertTrue(result.speedup() > 0.1 && result.speedup() < 10, result.toString());
    }
  }

  @Test
  void triplesHaveToBeWorthTheirMemory() {
    assertTrue(new LayoutCalibration.Result(1.1).triples());
    assertFalse(new LayoutCalibration.Result(1.09).triples());
    assertFalse(new LayoutCalibration.Result(0.9).triples());
  }
}
