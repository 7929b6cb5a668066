package dev.tern.cli;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.BatchStatistics;
import dev.tern.LoadOptions;
import dev.tern.ModelInfo;
import dev.tern.TernModel;
import dev.tern.server.ServerOptions;
import dev.tern.server.TernServer;
import dev.tern.server.engine.ServedModel;
import dev.tern.server.http.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A model that is being served from the command line, until the process is asked to end.
final class ServeSession {
  /// What is served.
  ///
  /// @param name what the person typed
  /// @param alias what clients call it, if not that
  /// @param loadOptions how it computes
  /// @param batchOptions what requests may use
  record Model(
      String name, @Nullable String alias, LoadOptions loadOptions, BatchOptions batchOptions) {
    Model {
      if (alias != null && alias.isBlank()) {
        throw new IllegalArgumentException("--alias: the name is empty");
      }
    }

    /// {@return what clients call it: its alias, the name that was typed, or the name of the file}
    ///
    /// @param path where it was found
    String id(Path path) {
      if (alias != null) {
        return alias;
      }
      if (!path.toString().equals(Path.of(name).toString())) {
        return name;
      }
      String file = String.valueOf(path.toAbsolutePath().normalize().getFileName());
      return file.endsWith(".gguf") ? file.substring(0, file.length() - ".gguf".length()) : file;
    }
  }

  private final Model chosen;
  private final Duration drain;
  private final StandardStreams streams;

  ServeSession(Model chosen, Duration drain, StandardStreams streams) {
    this.chosen = chosen;
    this.drain = drain;
    this.streams = streams;
  }

  /// Serves until the process is asked to end.
  ///
  /// @return the exit code
  int run(HttpFlags http) throws IOException {
    ServerOptions options = ServeOptions.of(http, streams.environment());
    try {
      HttpServer.requireStartable(options.http());
    } catch (BindException taken) {
      return Failures.report(taken, ExitCode.USAGE, streams.err());
    }
    Path path = ModelArgument.locate(chosen.name(), streams, false);
    ModelOptions.requireFile(path);
    try (TernModel model = ModelOptions.load(path, chosen.loadOptions(), streams.err(), false);
        BatchEngine engine = model.newBatchEngine(chosen.batchOptions())) {
      WarmUp.run(model, engine);
      ServedModel served =
          new ServedModel(chosen.id(path), created(path), model, engine, (_, _) -> {});
      try (TernServer server = TernServer.start(served, options)) {
        endWithTheProcess(server);
        streams.out().println(readyLine(server, served));
        streams.flush();
        awaitEnd();
      }
      return ExitCode.OK;
    } catch (BindException taken) {
      return Failures.report(taken, ExitCode.USAGE, streams.err());
    }
  }

  private static Instant created(Path path) throws IOException {
    return Files.getLastModifiedTime(path).toInstant();
  }

  private String readyLine(TernServer server, ServedModel served) {
    ModelInfo info = served.model().info();
    BatchStatistics statistics = served.engine().statistics();
    return String.join(
        " | ",
        "serving %s (%s) at %s, API at %s/v1"
            .formatted(Printable.line(served.id()), info.encoding(), server.url(), server.url()),
        served.model().kernels(),
        info.threads() == 1 ? "1 thread" : info.threads() + " threads",
        "%d places of %d tokens"
            .formatted(chosen.batchOptions().maxRunning(), served.engine().contextLength()),
        "KV memory up to "
            + ByteCount.format(statistics.kvBlocksTotal() * statistics.kvBlockBytes()));
  }

  /// When the process is asked to end, lets what has begun end, and ends the process with success:
  /// the JVM's own way would be the signal's exit code.
  private void endWithTheProcess(TernServer server) {
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(() -> {
                  end(server);
                  Runtime.getRuntime().halt(ExitCode.OK);
                }));
  }

  private static void awaitEnd() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(TernServer server) {
    streams
        .err()
        .println("stopping; what has begun may take %d s to end".formatted(drain.toSeconds()));
    try {
      if (!server.drain(drain)) {
        streams.err().println("some requests took longer, and were ended");
      }
    } catch (InterruptedException atOnce) {
      Thread.currentThread().interrupt();
    }
    server.close();
    streams.flush();
  }
}
