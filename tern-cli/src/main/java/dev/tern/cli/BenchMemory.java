package dev.tern.cli;

import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.TernaryLayout;
import dev.tern.ZeroSkipping;
import dev.tern.kernel.KvBlocks;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Looks whether models of random weights fit into memory before any is made: a system that has
/// promised too much ends processes, and not always the one that asked.
///
/// Files are not counted: they are mapped, and read again where memory is short.
final class BenchMemory {
  /// Java itself, activations, and the buffer that bandwidth is measured with.
  private static final long BESIDES = 400_000_000;

  /// Ternary weights are prepared in 2 bits where their encoding cannot be used as it is.
  private static final int PREPARED_PER_BYTE = 4;

  private BenchMemory() {}

  /// Refuses what does not fit.
  ///
  /// @param together configurations that are loaded at the same time
  /// @param positions the longest text
  /// @throws MemoryShortageException if they need more than there is; the message gives both
  static void require(List<BenchConfiguration> together, int positions) {
    require(together, positions, ProcessMemory.grantable());
  }

  static void require(List<BenchConfiguration> together, int positions, long available) {
    long needed = BESIDES;
    Set<SyntheticModel> images = new LinkedHashSet<>();
    for (BenchConfiguration configuration : together) {
      if (configuration.model() instanceof BenchModel.Random(SyntheticModel description)) {
        needed += images.add(description) ? description.byteSize() : 0;
        needed += preparedBytes(description);
        needed += copiedBytes(description, configuration.loading());
        needed += cacheBytes(description.shape(), configuration.session(), positions);
      }
    }
    if (!images.isEmpty() && needed > available) {
      String shapes =
          images.stream()
              .map(image -> image.shape().name() + " in " + image.linearType())
              .collect(Collectors.joining(" and "));
      throw new MemoryShortageException(
          "measuring %s needs %s of memory, but only %s can be had: take a smaller shape or encoding"
              .formatted(shapes, ByteCount.format(needed), ByteCount.format(available)));
    }
  }

  private static final int TRIPLE_WEIGHTS = 3;
  private static final int TRIPLE_BITS = 5;

  private static long preparedBytes(SyntheticModel description) {
    SyntheticShape shape = description.shape();
    boolean usedAsItIs =
        description.linearType() == TensorType.I2_S
            && shape.hiddenSize() % TensorType.I2_S.blockElements() == 0
            && shape.intermediateSize() % TensorType.I2_S.blockElements() == 0;
    return usedAsItIs || !description.linearType().isLowBit()
        ? 0
        : shape.blockWeights() / PREPARED_PER_BYTE;
  }

  /// The head's index, the triples and the columns of down projections, at most. What nobody asked
  /// for is not made where memory is short.
  private static long copiedBytes(SyntheticModel description, LoadOptions loading) {
    SyntheticShape shape = description.shape();
    long index =
        loading.headIndex() && !description.embeddingType().isLowBit()
            ? (long) shape.vocabularySize() * shape.hiddenSize()
            : 0;
    long triples =
        loading.ternaryLayout() == TernaryLayout.TRIPLES && description.linearType().isLowBit()
            ? shape.blockWeights() / TRIPLE_WEIGHTS * TRIPLE_BITS / Byte.SIZE
            : 0;
    long columns =
        loading.zeroSkipping() == ZeroSkipping.ON && description.linearType().isLowBit()
            ? (long) shape.layerCount()
                * shape.hiddenSize()
                * shape.intermediateSize()
                / PREPARED_PER_BYTE
            : 0;
    return index + triples + columns;
  }

  private static long cacheBytes(SyntheticShape shape, SessionOptions session, int positions) {
    long elements = (long) shape.layerCount() * shape.kvHeadCount() * shape.headDim();
    long blocks = Math.ceilDiv(positions, KvBlocks.POSITIONS);
    return blocks
        * KvBlocks.POSITIONS
        * elements
        * (session.cacheTypeK().bytes() + session.cacheTypeV().bytes());
  }
}
