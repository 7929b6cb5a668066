package dev.tern.train.engine;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// PyTorch's libraries for one platform, as DJL publishes them on Maven Central.
///
/// @param classifier system and processor, `linux-x86_64`
/// @param bytes size of the archive
/// @param sha256 of the archive
/// @param unpackedBytes size of what is in it
record EnginePackage(String classifier, long bytes, String sha256, long unpackedBytes) {
  static final String VERSION = "2.7.1";

  private static final String ARTIFACT = "pytorch-native-cpu";

  private static final List<EnginePackage> ALL =
      List.of(
          new EnginePackage(
              "linux-x86_64",
              111_597_418,
              "1769928feaaa2389b4aa68390e7787ce1707290258b167d016a200fced4b8c39",
              448_068_234),
          new EnginePackage(
              "linux-aarch64",
              71_387_151,
              "ea7bf1da33fc4ecf310186b27f2b4afc4387e81cb76a994e5703e0e3c2c97cf6",
              296_572_991),
          new EnginePackage(
              "osx-aarch64",
              41_611_143,
              "e1ca6c377750d31a2a791d9d2dac9efb09e39181faf84338ef0e140214979ff2",
              195_045_344),
          new EnginePackage(
              "win-x86_64",
              75_502_000,
              "f70603e9b03cf7df1690c2b1f8edd99fcfdc4e38d639db1d3604ce22b13a38df",
              260_373_216));

  /// {@return what DJL calls this machine}
  ///
  /// @param properties of the JVM
  static String classifier(Map<?, ?> properties) {
    String system = String.valueOf(properties.get("os.name")).toLowerCase(Locale.ROOT);
    String processor = String.valueOf(properties.get("os.arch"));
    String prefix = system.startsWith("win") ? "win" : system.startsWith("mac") ? "osx" : system;
    return prefix + "-" + (processor.equals("amd64") ? "x86_64" : processor);
  }

  /// {@return the libraries for a platform, if there are any}
  static Optional<EnginePackage> forClassifier(String classifier) {
    return ALL.stream().filter(one -> one.classifier.equals(classifier)).findFirst();
  }

  /// {@return the classifiers of the platforms there are libraries for}
  static List<String> classifiers() {
    return ALL.stream().map(EnginePackage::classifier).toList();
  }

  /// {@return the archive's file name}
  String archive() {
    return "%s-%s-%s.jar".formatted(ARTIFACT, VERSION, classifier);
  }

  /// {@return where the archive is in a Maven repository}
  String path() {
    return "ai/djl/pytorch/%s/%s/%s".formatted(ARTIFACT, VERSION, archive());
  }

  /// {@return the name of the folder with the libraries}
  String folder() {
    return "pytorch-%s-cpu-%s".formatted(VERSION, classifier);
  }

  /// {@return the folder of the libraries within the archive, with a slash at its end}
  String entries() {
    return "pytorch/cpu/%s/".formatted(classifier);
  }
}
