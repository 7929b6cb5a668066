package dev.tern.train.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which libraries are taken, and what an engine that is ready can do.
class TrainingEngineTest {
  @TempDir Path folder;

  private static TrainingEngineException refused(
      Map<String, String> variables, String named, String... words) {
    TrainingEngineException refusal =
        assertThrows(
            TrainingEngineException.class,
            () -> LibraryFolder.named(new EngineEnvironment(variables), named));
    assertEquals(Reason.SETTING, refusal.reason());
    for (String word : words) {
      assertTrue(refusal.getMessage().contains(word), refusal.getMessage());
    }
    return refusal;
  }

  private Path libtorch() throws IOException {
    Path lib = Files.createDirectories(folder.resolve("libtorch").resolve("lib"));
    Files.createFile(lib.resolve(System.mapLibraryName("torch")));
    return lib;
  }

  @Test
  void computesWithTheThreadsThatAreAskedFor() throws IOException {
    Engine engine = TrainingEngine.prepare(1, EngineProgress.SILENT);
    assertEquals("PyTorch", engine.getEngineName());
    assertEquals("2.7.1", engine.getVersion());
    assertEquals(1, JniUtils.getNumThreads());
    TrainingEngine.prepare(2, EngineProgress.SILENT);
    assertEquals(2, JniUtils.getNumThreads());
    try (NDManager manager = engine.newBaseManager(TrainingEngine.device(engine, "cpu"))) {
      assertEquals(6, manager.create(new float[] {1, 2, 3}).sum().getFloat());
    }
    assertThrows(
        IllegalArgumentException.class, () -> TrainingEngine.prepare(-1, EngineProgress.SILENT));
  }

  @Test
  void telephonesNobody() throws IOException {
    TrainingEngine.prepare(EngineProgress.SILENT);
    assertEquals("true", System.getProperty("ai.djl.offline"));
    assertEquals("true", System.getProperty("OPT_OUT_TRACKING"));
  }

  @Test
  void hasNoGpuWithLibrariesForTheCpu() throws IOException {
    Engine engine = TrainingEngine.prepare(EngineProgress.SILENT);
    assertEquals(Device.cpu(), TrainingEngine.device(engine, "cpu"));
    TrainingEngineException refusal =
        assertThrows(TrainingEngineException.class, () -> TrainingEngine.device(engine, "gpu"));
    assertEquals(Reason.DEVICE, refusal.reason());
    assertTrue(refusal.getMessage().contains("PYTORCH_LIBRARY_PATH"), refusal.getMessage());
    assertThrows(TrainingEngineException.class, () -> TrainingEngine.device(engine, "tpu"));
  }

  @Test
  void takesLibrariesThatAPersonNames() throws IOException {
    Path lib = libtorch();
    EngineEnvironment none = new EngineEnvironment(Map.of());
    assertEquals(new LibraryFolder(lib, "cpu"), LibraryFolder.named(none, lib.toString()));
    Path file = lib.resolve(System.mapLibraryName("torch"));
    assertEquals(new LibraryFolder(lib, "cpu"), LibraryFolder.named(none, file.toString()));
    Files.writeString(lib.resolveSibling("build-version"), "2.7.1+cu128\n");
    Files.createFile(lib.resolve(System.mapLibraryName("torch_cuda")));
    assertEquals(new LibraryFolder(lib, "cu128"), LibraryFolder.named(none, lib.toString()));
    assertEquals(
        new LibraryFolder(lib, "cpu"),
        LibraryFolder.named(
            new EngineEnvironment(Map.of("PYTORCH_FLAVOR", "cpu")), lib.toString()));
  }

  @Test
  void refusesLibrariesThatAreNotThere() {
    refused(Map.of(), folder.toString(), folder.toString(), "there is no", "unset");
    refused(Map.of(), "\0", "there is no");
  }

  @Test
  void refusesLibrariesOfAnotherVersion() throws IOException {
    Path lib = libtorch();
    Files.writeString(lib.resolveSibling("build-version"), "2.5.1+cpu\n");
    refused(Map.of(), lib.toString(), "2.5.1+cpu", "build-version", "needs 2.7.1");
    refused(Map.of("PYTORCH_VERSION", "2.7.10"), lib.toString(), "2.7.10", "PYTORCH_VERSION");
  }

  @Test
  void knowsThePlatformsByDjlsNames() {
    assertEquals("linux-x86_64", classifier("Linux", "amd64"));
    assertEquals("linux-aarch64", classifier("Linux", "aarch64"));
    assertEquals("osx-aarch64", classifier("Mac OS X", "aarch64"));
    assertEquals("osx-x86_64", classifier("Mac OS X", "x86_64"));
    assertEquals("win-x86_64", classifier("Windows 11", "amd64"));
    assertEquals(
        List.of("linux-x86_64", "linux-aarch64", "osx-aarch64", "win-x86_64"),
        EnginePackage.classifiers());
    assertEquals(Optional.empty(), EnginePackage.forClassifier("osx-x86_64"));
  }

  private static String classifier(String system, String processor) {
    return EnginePackage.classifier(Map.of("os.name", system, "os.arch", processor));
  }

  @Test
  void keepsLibrariesWhereTheCacheIs() {
    assertEquals(
        Path.of("/h", ".cache", "tern", "engine"),
        new EngineEnvironment(Map.of("HOME", "/h")).folder());
    assertEquals(
        Path.of("/x", "tern", "engine"),
        new EngineEnvironment(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/x")).folder());
    assertEquals(
        Path.of("/h", ".cache", "tern", "engine"),
        new EngineEnvironment(Map.of("HOME", "/h", "XDG_CACHE_HOME", "relative")).folder());
  }
}
