package dev.tern.load;

import dev.tern.json.Json;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/// Just enough of a safetensors file to read a float tensor out of a reference checkpoint.
final class Safetensors {
  private final byte[] bytes;
  private final int dataStart;
  private final JsonView header;

  Safetensors(Path path) throws IOException {
    bytes = Files.readAllBytes(path);
    int headerLength =
        Math.toIntExact(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
    dataStart = Long.BYTES + headerLength;
    header = Json.parse(path.toString(), Arrays.copyOfRange(bytes, Long.BYTES, dataStart));
  }

  float[] floats(String name) {
    List<Integer> range = Reference.ints(header.get(name).get("data_offsets"));
    float[] values = new float[(range.get(1) - range.get(0)) / Float.BYTES];
    ByteBuffer.wrap(bytes, dataStart + range.get(0), values.length * Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }
}
