package dev.tern.train.checkpoint;

import ai.djl.ndarray.NDArray;
import dev.tern.safetensors.SafetensorsFile;
import dev.tern.safetensors.SafetensorsTensor;
import dev.tern.safetensors.SafetensorsType;
import dev.tern.safetensors.SafetensorsWriter;
import dev.tern.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/// Arrays of 32-bit floats in a safetensors file.
final class ArrayFile {
  private static final ValueLayout.OfFloat LITTLE_ENDIAN =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private ArrayFile() {}

  static void write(Path path, Map<String, NDArray> arrays) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    arrays.forEach((name, array) ->
        writer.add(
            name,
            SafetensorsType.F32,
            Shape.of(array.getShape().getShape()),
            bytes -> fill(bytes, array.toFloatArray())));
    writer.write(path);
  }

  private static void fill(MemorySegment bytes, float[] values) {
    for (int i = 0; i < values.length; i++) {
      bytes.setAtIndex(LITTLE_ENDIAN, i, values[i]);
    }
  }

  /// Sets arrays to what a file says.
  ///
  /// @throws CheckpointException if it does not hold exactly these arrays
  static void read(Path path, Map<String, NDArray> arrays) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.tensors().keySet()) {
        if (!arrays.containsKey(name)) {
          throw new CheckpointException(
              "%s: %s should not be there; the checkpoint belongs to another configuration: restart the run, or use the one it was made with"
                  .formatted(path, name));
        }
      }
      for (Map.Entry<String, NDArray> entry : arrays.entrySet()) {
        NDArray array = entry.getValue();
        SafetensorsTensor tensor = file.tensors().get(entry.getKey());
        Shape expected = Shape.of(array.getShape().getShape());
        if (tensor == null
            || tensor.type() != SafetensorsType.F32
            || !tensor.shape().equals(expected)) {
          throw new CheckpointException(
              "%s: %s should be there as F32 of shape %s, and %s; the checkpoint belongs to another configuration: restart the run, or use the one it was made with"
                  .formatted(
                      path,
                      entry.getKey(),
                      expected,
                      tensor == null ? "is not" : "is " + tensor.description()));
        }
        array.set(FloatBuffer.wrap(values(tensor)));
      }
    }
  }

  private static float[] values(SafetensorsTensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.shape().elements())];
    float[] row = new float[Math.toIntExact(tensor.shape().cols())];
    for (int from = 0, index = 0; from < values.length; from += row.length, index++) {
      tensor.readRow(index, row);
      System.arraycopy(row, 0, values, from, row.length);
    }
    return values;
  }
}
