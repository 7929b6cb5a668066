package dev.tern.kernel.vector;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Little-endian element layouts for the tails of vector loops, at any alignment.
final class Layouts {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Layouts() {}
}
