package dev.tern.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// The optional folder of other people's models and texts that conformance tests compare with.
public final class TestData {
  private static final Path ROOT =
      Path.of(System.getProperty("tern.testData", "../../shared/data"));

  private TestData() {}

  /// Finds a file or folder of the test data, or skips the running test with the reason.
  public static Path require(String name) {
    Path path = ROOT.resolve(name);
    Assumptions.assumeTrue(
        Files.exists(path),
        () -> "skipped: the test data folder has no " + name + " (looked for " + path + ")");
    return path;
  }
}
