package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tern.kernel.x86.X86Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroSkippingCalibrationTest {
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void measuresBothWays(boolean triples) {
    assumeTrue(X86Kernels.obstacle().isEmpty(), X86Kernels.obstacle());
    Kernels kernels = X86Kernels.create(X86Kernels.best(), new ScalarKernels());
    try (Backend backend = new Backend(kernels, new ComputeThreads(2))) {
      ZeroSkippingCalibration.Result result =
          ZeroSkippingCalibration.measure(backend, 640, 2_000, 0.7, 0.8, triples);
      assertTrue(result.least() > 0, result.toString());
      assertTrue(result.least() <= result.speedup(), result.toString());
      assertTrue(result.speedup() <= result.most(), result.toString());
    }
  }

  @Test
  void leavingZerosOutHasToBeWorthItsMemory() {
    assertTrue(new ZeroSkippingCalibration.Result(1.05, 1, 1.1).skip());
    assertFalse(new ZeroSkippingCalibration.Result(1.04, 1, 1.1).skip());
  }
}
