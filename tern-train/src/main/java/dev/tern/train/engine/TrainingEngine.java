package dev.tern.train.engine;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.pytorch.jni.JniUtils;
import dev.tern.hub.HubOptions;
import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/// Gets PyTorch ready. Has to be asked before anything else of DJL is used, because DJL reads its
/// settings once, and would otherwise fetch libraries by itself.
///
/// The libraries are, in this order: those that the environment variable `PYTORCH_LIBRARY_PATH`
/// names (the folder `lib` of libtorch 2.7.1, which is also the way to CUDA); those in an archive
/// of DJL on the class path; those in the cache; those of Maven Central, or of the Maven repository
/// that `TERN_MAVEN_REPOSITORY` names, which then go into the cache (`$XDG_CACHE_HOME/tern/engine`,
/// `~/.cache/tern/engine`). Nobody else is asked for anything: DJL's own downloads and its
/// telemetry are switched off.
///
/// Safe for use by many threads.
public final class TrainingEngine {
  private static final String ENGINE = "PyTorch";
  private static final String ON_CLASS_PATH = "native/lib/pytorch.properties";

  private TrainingEngine() {}

  /// Gets the engine ready with as many threads as PyTorch thinks right.
  ///
  /// @param progress is told when libraries have to be fetched
  /// @return the engine
  /// @throws TrainingEngineException if it is not to be had
  /// @throws IOException if the thread is interrupted
  public static Engine prepare(EngineProgress progress) throws IOException {
    return prepare(0, progress);
  }

  /// Gets the engine ready; if it is already, changes its number of threads.
  ///
  /// @param threads that compute; 0 for one for each core
  /// @param progress is told when libraries have to be fetched
  /// @return the engine
  /// @throws TrainingEngineException if it is not to be had
  /// @throws IOException if the thread is interrupted
  public static synchronized Engine prepare(int threads, EngineProgress progress)
      throws IOException {
    if (threads < 0) {
      throw new IllegalArgumentException("threads: %d is less than 0".formatted(threads));
    }
    EngineEnvironment environment = new EngineEnvironment(System.getenv());
    Optional<LibraryFolder> folder = libraries(environment, progress);
    configure(environment, folder);
    Engine engine = load(folder);
    JniUtils.setNumThreads(threads == 0 ? Runtime.getRuntime().availableProcessors() : threads);
    return engine;
  }

  /// {@return a device}
  ///
  /// @param engine that computes on it
  /// @param name `cpu` or `gpu`
  /// @throws TrainingEngineException if there is no such device
  public static Device device(Engine engine, String name) throws TrainingEngineException {
    return switch (name) {
      case "cpu" -> Device.cpu();
      case "gpu" -> {
        if (!engine.hasCapability("CUDA")) {
          throw new TrainingEngineException(
              Reason.DEVICE,
              "PyTorch's libraries in use compute on the CPU only: set %s to the folder lib of libtorch %s for CUDA 12.8, or use the device cpu"
                  .formatted(EngineEnvironment.LIBRARY_PATH, EnginePackage.VERSION));
        }
        if (engine.getGpuCount() == 0) {
          throw new TrainingEngineException(
              Reason.DEVICE,
              "no GPU was found: see that nvidia-smi shows one and that the CUDA runtime (libcudart) is on LD_LIBRARY_PATH, or use the device cpu");
        }
        yield Device.gpu();
      }
      default ->
          throw new TrainingEngineException(
              Reason.DEVICE, "the device %s is neither cpu nor gpu".formatted(name));
    };
  }

  /// {@return the folder of the libraries; empty if they are on the class path, where DJL finds
  /// them}
  private static Optional<LibraryFolder> libraries(
      EngineEnvironment environment, EngineProgress progress) throws IOException {
    Optional<String> named = environment.text(EngineEnvironment.LIBRARY_PATH);
    if (named.isPresent()) {
      return Optional.of(LibraryFolder.named(environment, named.get()));
    }
    String classifier = EnginePackage.classifier(System.getProperties());
    if (isOnClassPath(classifier)) {
      return Optional.empty();
    }
    EnginePackage wanted =
        EnginePackage.forClassifier(classifier)
            .orElseThrow(() ->
                new TrainingEngineException(
                    Reason.PLATFORM,
                    "PyTorch %s is not published for %s, only for %s: set %s to the folder lib of a libtorch of your own"
                        .formatted(
                            EnginePackage.VERSION,
                            classifier,
                            String.join(", ", EnginePackage.classifiers()),
                            EngineEnvironment.LIBRARY_PATH)));
    EngineStore store = new EngineStore(environment, HubOptions.fromEnvironment());
    Path path = store.locate(wanted, progress);
    return Optional.of(new LibraryFolder(path, "cpu"));
  }

  /// Whether DJL finds libraries for the CPU on the class path.
  private static boolean isOnClassPath(String classifier) throws IOException {
    ClassLoader context = Thread.currentThread().getContextClassLoader();
    ClassLoader loader = context == null ? TrainingEngine.class.getClassLoader() : context;
    try (InputStream in = loader.getResourceAsStream(ON_CLASS_PATH)) {
      if (in == null) {
        return false;
      }
      Properties description = new Properties();
      description.load(in);
      return classifier.equals(description.getProperty("classifier"))
          && "cpu".equals(description.getProperty("flavor"));
    }
  }

  private static void configure(EngineEnvironment environment, Optional<LibraryFolder> folder) {
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("ai.djl.default_engine", ENGINE);
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    folder.ifPresent(libraries -> {
      System.setProperty(EngineEnvironment.LIBRARY_PATH, libraries.path().toString());
      // DJL's guess fits the libraries of another age.
      System.setProperty(EngineEnvironment.FLAVOR, libraries.flavor());
      if (System.getProperty("ENGINE_CACHE_DIR") == null) {
        System.setProperty("ENGINE_CACHE_DIR", environment.folder().toString());
      }
    });
  }

  private static Engine load(Optional<LibraryFolder> folder) throws TrainingEngineException {
    try {
      return Engine.getEngine(ENGINE);
    } catch (EngineException | LinkageError | IllegalArgumentException | AssertionError failure) {
      throw new TrainingEngineException(
          Reason.LOAD,
          "PyTorch%s cannot be loaded (%s)%s"
              .formatted(
                  folder.map(libraries -> " in " + libraries.path()).orElse(""),
                  rootMessage(failure),
                  folder.isPresent()
                      ? ": see that the system is one PyTorch %s runs on; to have it fetched anew, delete that folder"
                          .formatted(EnginePackage.VERSION)
                      : ""),
          failure);
    }
  }

  private static String rootMessage(Throwable failure) {
    Throwable root = failure;
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      root = cause;
    }
    return String.valueOf(root.getMessage());
  }
}
