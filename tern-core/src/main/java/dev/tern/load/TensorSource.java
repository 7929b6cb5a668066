package dev.tern.load;

import dev.tern.I2sLayout;
import dev.tern.ModelFormatException;
import dev.tern.gguf.GgufFile;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A file's tensors by name, checked against the shape a model needs, with a record of which were
/// used.
///
/// The record is what makes sure that nothing in a file is silently left out of the model.
final class TensorSource {
  private final GgufFile file;
  private final I2sLayout i2sLayout;
  private final Set<String> used = new LinkedHashSet<>();

  TensorSource(GgufFile file, I2sLayout i2sLayout) {
    this.file = file;
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
    Tensor tensor = file.requireTensor(name);
    if (!tensor.shape().equals(shape)) {
      throw new ModelFormatException(
          "%s: the tensor %s has the shape %s, but the metadata demands %s"
              .formatted(file.source(), name, tensor.shape(), shape));
    }
    return inLayout(tensor);
  }

  private Tensor inLayout(Tensor tensor) {
    if (tensor.type() != TensorType.I2_S || i2sLayout == I2sLayout.X86_128) {
      return tensor;
    }
    return new Tensor(tensor.name(), TensorType.I2_S_ARM64, tensor.shape(), tensor.data());
  }

  /// {@return a vector of floats in native memory, from whatever encoding the file has}
  MemorySegment requireVector(String name, int length, Arena arena) {
    Tensor tensor = require(name, Shape.of(length));
    float[] values = new float[length];
    Codecs.of(tensor.type()).decodeRow(tensor, 0, values);
    MemorySegment vector = arena.allocate((long) length * Float.BYTES, 64);
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
