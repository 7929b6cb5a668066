package dev.tern.testing;

import dev.tern.gguf.GgufFile;
import dev.tern.gguf.GgufValue;
import dev.tern.gguf.GgufWriter;
import dev.tern.quant.Codecs;
import dev.tern.tensor.Shape;
import dev.tern.tensor.Tensor;
import dev.tern.tensor.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/// A GGUF file in pieces, for tests that need one that differs from another in a certain way.
public final class EditedModel {
  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  private EditedModel() {}

  /// Writes a changed copy of a file.
  ///
  /// @return the copy
  public static Path edit(Path source, Path target, Consumer<EditedModel> changes)
      throws IOException {
    try (GgufFile file = GgufFile.open(source)) {
      EditedModel model = new EditedModel();
      model.metadata.putAll(file.metadata().asMap());
      for (String name : file.tensors().keySet()) {
        model.tensors.put(name, file.requireTensor(name));
      }
      changes.accept(model);
      GgufWriter writer = new GgufWriter();
      model.metadata.forEach(writer::put);
      model.tensors.values().forEach(writer::add);
      writer.write(target);
    }
    return target;
  }

  /// Sets a metadata value.
  public EditedModel put(String key, GgufValue value) {
    metadata.put(key, value);
    return this;
  }

  /// Takes a metadata value away, which must be there.
  public EditedModel remove(String key) {
    if (metadata.remove(key) == null) {
      throw new IllegalArgumentException("the file has no key " + key);
    }
    return this;
  }

  /// Takes a tensor away, which must be there.
  public EditedModel drop(String tensor) {
    if (tensors.remove(tensor) == null) {
      throw new IllegalArgumentException("the file has no tensor " + tensor);
    }
    return this;
  }

  /// Adds a tensor, or replaces the one of that name.
  ///
  /// @param values row after row
  public EditedModel set(String name, TensorType type, Shape shape, float... values) {
    MemorySegment data = Arena.ofAuto().allocate(type.byteSize(shape), 64);
    int cols = Math.toIntExact(shape.cols());
    Codecs.of(type)
        .encode(
            (row, target) -> System.arraycopy(values, Math.toIntExact(row * cols), target, 0, cols),
            shape,
            data);
    tensors.put(name, new Tensor(name, type, shape, data));
    return this;
  }

  /// Changes one byte of a tensor's data.
  public EditedModel poke(String name, long offset, int value) {
    Tensor tensor = tensors.get(name);
    MemorySegment data = Arena.ofAuto().allocate(tensor.data().byteSize(), 64);
    data.copyFrom(tensor.data()).set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    tensors.put(name, new Tensor(name, tensor.type(), tensor.shape(), data));
    return this;
  }

  /// Stores a tensor in another encoding.
  public EditedModel encode(String name, TensorType type) {
    return set(name, type, shape(name), values(name));
  }

  /// {@return the architecture, which the other keys begin with}
  public String architecture() {
    return ((GgufValue.Text) metadata.get("general.architecture")).value();
  }

  /// {@return a tensor's shape}
  public Shape shape(String name) {
    return tensors.get(name).shape();
  }

  /// {@return a tensor's values, row after row}
  public float[] values(String name) {
    Tensor tensor = tensors.get(name);
    float[] all = new float[Math.toIntExact(tensor.shape().elements())];
    float[] values = new float[tensor.cols()];
    for (int row = 0; row < tensor.rows(); row++) {
      Codecs.of(tensor.type()).decodeRow(tensor, row, values);
      System.arraycopy(values, 0, all, row * values.length, values.length);
    }
    return all;
  }
}
