package dev.tern.load;

import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// One prompt of a `reference.json`: what another implementation computed for it.
@SuppressWarnings("ArrayRecordComponent")
record Reference(String name, List<Integer> ids, List<Integer> greedy, float[][] logits) {
  static Reference read(Path folder, String name) throws IOException {
    JsonView prompt = Json.read(folder.resolve("reference.json")).get(name);
    JsonView logits = prompt.get("logits");
    return new Reference(
        name,
        ints(prompt.get("ids")),
        ints(prompt.get("greedy")),
        matrix(folder.resolve(logits.get("file").string()), ints(logits.get("shape"))));
  }

  static List<Integer> ints(JsonView array) {
    return array.elements().stream().map(JsonView::integer).toList();
  }

  static float[][] matrix(Path file, List<Integer> shape) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    float[][] matrix = new float[shape.get(0)][shape.get(1)];
    for (float[] row : matrix) {
      bytes.asFloatBuffer().get(row);
      bytes.position(bytes.position() + row.length * Float.BYTES);
    }
    return matrix;
  }

  int[] idArray() {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
