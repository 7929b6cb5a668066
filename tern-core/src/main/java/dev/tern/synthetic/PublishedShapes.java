package dev.tern.synthetic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The shapes that papers and published models have.
///
/// Those without a model of their own are the ones that bitnet.cpp was measured with
/// (arXiv:2410.16144), but 1.3b, 3b and 3.9b, which BitNet b1.58 was trained in (arXiv:2402.17764).
/// All of these have as many KV heads as query heads, a context of 2048, and here the vocabulary of
/// bitnet_b1_58-large.
final class PublishedShapes {
  private static final Map<String, SyntheticShape> BY_NAME = byName();

  private PublishedShapes() {}

  private static Map<String, SyntheticShape> byName() {
    Map<String, SyntheticShape> shapes = new LinkedHashMap<>();
    put(shapes, SyntheticShape.TINY);
    put(shapes, bitNet("125m", 768, 3072, 11, 12));
    put(shapes, bitNet("350m", 1024, 3072, 24, 16));
    put(shapes, SyntheticShape.BITNET_LARGE.withName("700m"));
    put(shapes, SyntheticShape.BITNET_LARGE);
    put(shapes, bitNet("1b", 2048, 3584, 24, 32));
    put(shapes, bitNet("1.3b", 2048, 5460, 24, 32));
    put(shapes, SyntheticShape.FALCON3_1B);
    put(shapes, bitNet("1.5b", 1536, 9216, 28, 32));
    put(shapes, SyntheticShape.BITNET_2B.withName("2b4t"));
    put(shapes, SyntheticShape.BITNET_2B);
    put(shapes, bitNet("3b", 3200, 8640, 26, 32));
    put(shapes, bitNet("3.8b", 3840, 8192, 24, 32));
    put(shapes, bitNet("3.9b", 3200, 12_800, 26, 32));
    put(shapes, bitNet("7b", 4096, 12_032, 32, 32));
    put(shapes, bitNet("13b", 5120, 13_824, 40, 40));
    put(shapes, bitNet("30b", 6656, 16_384, 60, 52));
    put(shapes, bitNet("70b", 8192, 24_576, 80, 64));
    put(shapes, bitNet("100b", 8192, 45_568, 72, 64));
    return shapes;
  }

  private static void put(Map<String, SyntheticShape> shapes, SyntheticShape shape) {
    shapes.put(shape.name(), shape);
  }

  private static SyntheticShape bitNet(
      String name, int hidden, int intermediate, int layers, int heads) {
    SyntheticShape large = SyntheticShape.BITNET_LARGE;
    return new SyntheticShape(
        name,
        large.architecture(),
        hidden,
        intermediate,
        layers,
        heads,
        heads,
        hidden / heads,
        large.vocabularySize(),
        large.contextLength(),
        large.ropeTheta(),
        large.rmsNormEps());
  }

  static Optional<SyntheticShape> find(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  static List<String> names() {
    return List.copyOf(BY_NAME.keySet());
  }
}
