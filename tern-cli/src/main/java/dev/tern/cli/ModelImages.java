package dev.tern.cli;

import dev.tern.gguf.GgufFile;
import dev.tern.source.ModelSource;
import dev.tern.synthetic.SyntheticModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/// Opens models, and keeps those of random weights in memory, so that several configurations of one
/// share it.
final class ModelImages implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final Map<SyntheticModel, MemorySegment> images = new HashMap<>();
  private final PrintWriter err;
  private final StatusLine status;

  ModelImages(PrintWriter err, StatusLine status) {
    this.err = err;
    this.status = status;
  }

  /// Makes what is not in a file yet.
  void prepare(BenchModel model) {
    if (model instanceof BenchModel.Random(SyntheticModel description)) {
      image(description);
    }
  }

  private MemorySegment image(SyntheticModel description) {
    return images.computeIfAbsent(description, this::make);
  }

  private MemorySegment make(SyntheticModel description) {
    long size = description.byteSize();
    String what =
        "making %s of random weights, %s in memory"
            .formatted(description.shape().name(), ByteCount.format(size));
    err.println(what);
    AtomicLong made = new AtomicLong();
    MemorySegment image =
        description.toMemory(
            arena, bytes -> status.show("%d %%".formatted(100 * made.addAndGet(bytes) / size)));
    status.clear();
    return image;
  }

  /// {@return the model's file, to be closed before this}
  ModelSource open(BenchModel model) throws IOException {
    return switch (model) {
      case BenchModel.Trained(var path) -> {
        ModelOptions.requireFile(path);
        yield ModelSource.open(path);
      }
      case BenchModel.Random(var description) ->
          ModelSource.of(GgufFile.of(description.shape().name(), image(description)));
    };
  }

  @Override
  public void close() {
    arena.close();
  }
}
