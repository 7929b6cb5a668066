package dev.tern.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.server.engine.ServedModel;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/// A server of a tiny model with random weights, at a port of its own.
public final class TestServer implements AutoCloseable {
  private final Path file;
  private final TernModel model;
  private final BatchEngine engine;
  private final TernServer server;

  private TestServer(Path file, BatchOptions batch, ServerOptions options, KernelChoice kernels)
      throws IOException {
    this.file = file;
    this.model = TernModel.load(file, LoadOptions.defaults().withKernels(kernels).withThreads(1));
    this.engine = model.newBatchEngine(batch);
    ServedModel served =
        new ServedModel("tiny", Instant.ofEpochSecond(1), model, engine, (_, _) -> {});
    this.server = TernServer.start(served, options.withPort(0));
  }

  /// {@return a server with default options}
  public static TestServer start() throws IOException {
    return start(BatchOptions.defaults(), ServerOptions.defaults());
  }

  /// {@return a server}
  ///
  /// @param batch what the engine may use
  /// @param options how to serve; the port is any
  public static TestServer start(BatchOptions batch, ServerOptions options) throws IOException {
    return start(batch, options, KernelChoice.SCALAR);
  }

  /// {@return a server with the fastest kernels, for tests that generate much}
  ///
  /// @param batch what the engine may use
  public static TestServer startFast(BatchOptions batch) throws IOException {
    return start(batch, ServerOptions.defaults(), KernelChoice.AUTO);
  }

  private static TestServer start(BatchOptions batch, ServerOptions options, KernelChoice kernels)
      throws IOException {
    Path file = Files.createTempFile("tern-tiny", ".gguf");
    SyntheticModel.of(SyntheticShape.TINY).write(file);
    return new TestServer(file, batch, options, kernels);
  }

  /// {@return a server of a model whose chat template uses tools}
  public static TestServer startWithTools() throws IOException {
    try (InputStream template =
        Objects.requireNonNull(TestServer.class.getResourceAsStream("tools.jinja"))) {
      return startWithTemplate(new String(template.readAllBytes(), UTF_8));
    }
  }

  /// {@return a server of a model with a chat template of its own, or none}
  ///
  /// @param template Jinja source; empty for none
  public static TestServer startWithTemplate(String template) throws IOException {
    return startWithTemplate(template, true);
  }

  /// {@return a server of a model with a chat template of its own, or none}
  ///
  /// @param template Jinja source; empty for none
  /// @param beginsTexts whether prompts begin with a token that says so
  public static TestServer startWithTemplate(String template, boolean beginsTexts)
      throws IOException {
    SyntheticShape shape =
        new SyntheticShape("tiny", "bitnet", 128, 256, 2, 4, 2, 32, 300, 2048, 10_000, 1e-5f);
    Path plain = Files.createTempFile("tern-plain", ".gguf");
    SyntheticModel.of(shape).write(plain);
    Path file = plain;
    if (!template.isEmpty()) {
      file = Files.createTempFile("tern-chat", ".gguf");
      try (GgufFile source = GgufFile.open(plain)) {
        GgufWriter writer = new GgufWriter();
        source.metadata().asMap().forEach(writer::put);
        writer.put("tokenizer.chat_template", GgufValue.text(template));
        writer.put("tokenizer.ggml.add_bos_token", GgufValue.bool(beginsTexts));
        source.tensors().keySet().forEach(name -> writer.add(source.requireTensor(name)));
        writer.write(file);
      }
      Files.delete(plain);
    }
    return new TestServer(
        file, BatchOptions.defaults(), ServerOptions.defaults(), KernelChoice.SCALAR);
  }

  /// {@return where it is, without a slash at the end}
  public String url() {
    return "http://127.0.0.1:" + server.port();
  }

  /// {@return the model}
  public TernModel model() {
    return model;
  }

  /// {@return what answers}
  public BatchEngine engine() {
    return engine;
  }

  /// Takes no more requests, and waits for those that there are.
  ///
  /// @param most how long to wait
  /// @return whether all have ended by themselves
  /// @throws InterruptedException if this thread is interrupted meanwhile
  public boolean drain(Duration most) throws InterruptedException {
    return server.drain(most);
  }

  @Override
  public void close() throws IOException {
    server.close();
    engine.close();
    model.close();
    Files.delete(file);
  }
}
