package dev.tern.load;

import dev.tern.I2sLayout;
import dev.tern.ModelFormatException;
import dev.tern.kernel.ComputeThreads;
import dev.tern.quant.Codecs;
import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A file's tensors by name, checked against the shape a model needs, with a record of which were
/// used.
///
/// The record is what makes sure that nothing in a file is silently left out of the model.
final class TensorSource {
  private final ModelSource file;
  private final Arena arena;
  private final I2sLayout i2sLayout;
  private final Map<String, Tensor> made = new ConcurrentHashMap<>();
  private final Set<String> used = new LinkedHashSet<>();

  /// Looks at a model.
  ///
  /// @param arena owns tensors that are made
  TensorSource(ModelSource file, Arena arena, I2sLayout i2sLayout) {
    this.file = file;
    this.arena = arena;
    this.i2sLayout = i2sLayout;
  }

  String source() {
    return file.source();
  }

  Optional<Tensor> find(String name, Shape shape) {
    return file.tensors().containsKey(name) ? Optional.of(require(name, shape)) : Optional.empty();
  }

  Tensor require(String name, Shape shape) {
    used.add(name);
    SourceTensor described = file.require(name);
    Tensor tensor =
        described.isMade()
            ? made.computeIfAbsent(name, _ -> described.load(arena))
            : described.load(arena);
    if (!tensor.shape().equals(shape)) {
      throw new ModelFormatException(
          "%s: the tensor %s has the shape %s, but the metadata demands %s"
              .formatted(file.source(), name, tensor.shape(), shape));
    }
    return inLayout(tensor);
  }

  /// Makes all tensors that the files do not have as they are used, several at once.
  ///
  /// @return the memory that they take
  long make(ComputeThreads threads) {
    List<SourceTensor> all = file.tensors().values().stream().filter(SourceTensor::isMade).toList();
    threads.run(
        all.size(),
        1,
        (from, to) -> {
          for (SourceTensor tensor : all.subList(from, to)) {
            made.put(tensor.name(), tensor.load(arena));
          }
        });
    return all.stream().mapToLong(SourceTensor::byteSize).sum();
  }

  private Tensor inLayout(Tensor tensor) {
    if (tensor.type() != TensorType.I2_S || i2sLayout == I2sLayout.X86_128) {
      return tensor;
    }
    return new Tensor(tensor.name(), TensorType.I2_S_ARM64, tensor.shape(), tensor.data());
  }

  /// {@return a vector of floats in native memory, from whatever encoding the file has}
  MemorySegment requireVector(String name, int length, Arena owner) {
    Tensor tensor = require(name, Shape.of(length));
    float[] values = new float[length];
    Codecs.of(tensor.type()).decodeRow(tensor, 0, values);
    MemorySegment vector = owner.allocate((long) length * Float.BYTES, 64);
    MemorySegment.copy(values, 0, vector, ValueLayout.JAVA_FLOAT, 0, length);
    return vector;
  }

  Optional<float[]> findVector(String name, int length) {
    return find(name, Shape.of(length))
        .map(tensor -> {
          float[] values = new float[length];
          Codecs.of(tensor.type()).decodeRow(tensor, 0, values);
          return values;
        });
  }

  /// {@return the tensors nobody asked for}
  List<String> unused() {
    List<String> rest = new ArrayList<>(file.tensors().keySet());
    rest.removeAll(used);
    return rest;
  }
}
