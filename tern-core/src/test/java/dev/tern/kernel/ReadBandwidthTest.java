package dev.tern.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import org.junit.jupiter.api.Test;

class ReadBandwidthTest {
  private static final long MIB = 1L << 20;

  @Test
  void theBufferIsLargerThanEveryCacheWithinBounds() {
    assertEquals(64 * MIB, ReadBandwidth.bufferBytes(0));
    assertEquals(64 * MIB, ReadBandwidth.bufferBytes(MIB));
    assertEquals(128 * MIB, ReadBandwidth.bufferBytes(32 * MIB));
    assertEquals(67 * MIB, ReadBandwidth.bufferBytes(67 * MIB / 4 - 1));
    assertEquals(1024 * MIB, ReadBandwidth.bufferBytes(1024 * MIB));
  }

  @Test
  void aPassReadsEveryByteOfTheBuffer() {
    try (Arena arena = Arena.ofShared();
        ComputeThreads one = new ComputeThreads(1);
        ComputeThreads three = new ComputeThreads(3)) {
      ReadBandwidth bandwidth = ReadBandwidth.create(arena, 8 * MIB);
      assertEquals(8 * MIB, bandwidth.byteSize());
      assertTrue(bandwidth.measure(one) > 0);
      // As many longs as a mebi has units, all bytes 1.
      assertEquals(0x0101_0101_0101_0101L << 20, bandwidth.sum());
      assertTrue(bandwidth.measure(three) > 0);
    }
  }
}
