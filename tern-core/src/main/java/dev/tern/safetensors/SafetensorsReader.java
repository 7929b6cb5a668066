package dev.tern.safetensors;

import dev.tern.ModelFormatException;
import dev.tern.UnsupportedModelException;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import dev.tern.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the header of a safetensors file and trusts nothing: tensors must fill the data from its
/// first byte to its last, in the order of their offsets, without gaps and overlaps.
final class SafetensorsReader {
  /// The longest header that the format allows.
  static final int MAX_HEADER_BYTES = 100_000_000;

  static final String METADATA = "__metadata__";

  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final String source;
  private final MemorySegment bytes;

  /// What a file holds.
  record Content(Map<String, String> metadata, Map<String, SafetensorsTensor> tensors) {}

  private record Entry(String name, SafetensorsType type, Shape shape, long from, long to) {}

  SafetensorsReader(String source, MemorySegment bytes) {
    this.source = source;
    this.bytes = bytes;
  }

  Content read() {
    if (bytes.byteSize() < Long.BYTES) {
      throw corrupt(
          "the file has %d bytes, fewer than the 8 that say how long its header is"
              .formatted(bytes.byteSize()));
    }
    long headerBytes = bytes.get(U64, 0);
    if (headerBytes < 0 || headerBytes > MAX_HEADER_BYTES) {
      throw corrupt(
          "at byte 0: a header of %s bytes, more than the %d that the format allows; this is not a safetensors file"
              .formatted(Long.toUnsignedString(headerBytes), MAX_HEADER_BYTES));
    }
    long dataStart = Long.BYTES + headerBytes;
    if (dataStart > bytes.byteSize()) {
      throw corrupt(
          "the header ends at byte %d, but the file at byte %d; it is truncated"
              .formatted(dataStart, bytes.byteSize()));
    }
    byte[] header = bytes.asSlice(Long.BYTES, headerBytes).toArray(ValueLayout.JAVA_BYTE);
    JsonView root = Json.parseUnique(source + ": header", header);
    Map<String, String> metadata = metadata(root);
    List<Entry> entries = new ArrayList<>();
    for (String name : root.members().keySet()) {
      if (!name.equals(METADATA)) {
        entries.add(entry(name, root.get(name)));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::from).thenComparingLong(Entry::to));
    return new Content(metadata, place(entries, dataStart));
  }

  private static Map<String, String> metadata(JsonView root) {
    Optional<JsonView> found = root.find(METADATA);
    if (found.isEmpty()) {
      return Map.of();
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    for (String key : found.get().members().keySet()) {
      metadata.put(key, found.get().get(key).string());
    }
    return Collections.unmodifiableMap(metadata);
  }

  private Entry entry(String name, JsonView view) {
    for (String field : view.members().keySet()) {
      if (!field.equals("dtype") && !field.equals("shape") && !field.equals("data_offsets")) {
        throw corrupt("the tensor '%s' has the unknown field '%s'".formatted(name, field));
      }
    }
    String dtype = view.get("dtype").string();
    SafetensorsType type =
        SafetensorsType.byName(dtype)
            .orElseThrow(() ->
                new UnsupportedModelException(
                    "%s: the tensor %s holds elements of the type %s, which Tern does not know"
                        .formatted(source, name, dtype)));
    List<JsonView> offsets = view.get("data_offsets").elements();
    if (offsets.size() != 2) {
      throw view.get("data_offsets").wrong("two offsets");
    }
    long from = size(offsets.getFirst());
    long to = size(offsets.getLast());
    return new Entry(name, type, shape(name, view.get("shape")), from, to);
  }

  private Shape shape(String name, JsonView view) {
    List<JsonView> elements = view.elements();
    long[] dimensions = new long[elements.size()];
    for (int i = 0; i < dimensions.length; i++) {
      dimensions[i] = size(elements.get(i));
    }
    try {
      return Shape.of(dimensions);
    } catch (ArithmeticException overflow) {
      throw corrupt("the tensor '%s' has more elements than 64 bits can count".formatted(name));
    }
  }

  /// Sizes are unsigned; those beyond 2^63 cannot be those of anything in a file.
  private long size(JsonView view) {
    if (!(view.value() instanceof JsonValue.Numeral numeral)
        || !numeral.text().matches("[0-9]{1,20}")) {
      throw view.wrong("a size");
    }
    try {
      return Long.parseLong(numeral.text());
    } catch (NumberFormatException tooLarge) {
      throw view.wrong("a size below 2^63");
    }
  }

  private Map<String, SafetensorsTensor> place(List<Entry> entries, long dataStart) {
    Map<String, SafetensorsTensor> tensors = new LinkedHashMap<>();
    long dataBytes = bytes.byteSize() - dataStart;
    long end = 0;
    for (Entry entry : entries) {
      if (entry.from != end || entry.to < entry.from) {
        throw corrupt(
            "the tensor '%s' has the bytes %d to %d of the data, but should begin at %d"
                .formatted(entry.name, entry.from, entry.to, end));
      }
      if (entry.to > dataBytes) {
        throw corrupt(
            "the tensor '%s' ends at byte %d of the data, which has %d; the file is truncated"
                .formatted(entry.name, entry.to, dataBytes));
      }
      long size = byteSize(entry);
      if (size != entry.to - entry.from) {
        throw corrupt(
            "the tensor '%s', %s of %s, takes %d bytes, but has %d"
                .formatted(entry.name, entry.type, entry.shape, size, entry.to - entry.from));
      }
      tensors.put(
          entry.name,
          new SafetensorsTensor(
              source,
              entry.name,
              entry.type,
              entry.shape,
              bytes.asSlice(dataStart + entry.from, size)));
      end = entry.to;
    }
    if (end != dataBytes) {
      throw corrupt(
          "the tensors end at byte %d of the data, but the data has %d bytes"
              .formatted(end, dataBytes));
    }
    return Collections.unmodifiableMap(tensors);
  }

  private long byteSize(Entry entry) {
    try {
      return entry.type.byteSize(entry.shape);
    } catch (ArithmeticException overflow) {
      throw corrupt(
          "the tensor '%s', %s of %s, takes more bytes than 64 bits can count"
              .formatted(entry.name, entry.type, entry.shape));
    } catch (IllegalArgumentException partOfAByte) {
      throw corrupt("the tensor '%s': %s".formatted(entry.name, partOfAByte.getMessage()));
    }
  }

  private ModelFormatException corrupt(String what) {
    return new ModelFormatException("%s: %s".formatted(source, what));
  }
}
