package dev.tern.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ModelFormatException;
import dev.tern.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsFolderTest {
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";

  @TempDir Path folder;

  @BeforeEach
  void writeTwoFiles() throws IOException {
    write(FIRST, "a", "b");
    write(SECOND, "c");
  }

  private void write(String file, String... tensors) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String name : tensors) {
      writer.add(name, SafetensorsType.U8, Shape.of(3), _ -> {});
    }
    writer.write(folder.resolve(file));
  }

  private void index(String weightMap) throws IOException {
    Files.writeString(
        folder.resolve(SafetensorsFolder.INDEX), "{\"weight_map\":{%s}}".formatted(weightMap));
  }

  @Test
  void joinsTheFilesThatAnIndexNames() throws IOException {
    index("\"c\":\"%s\",\"a\":\"%s\",\"b\":\"%s\"".formatted(SECOND, FIRST, FIRST));
    try (SafetensorsFolder model = SafetensorsFolder.open(folder)) {
      assertEquals(Set.of("a", "b", "c"), model.tensors().keySet());
      assertEquals(folder.resolve(SECOND).toString(), model.require("c").source());
      assertEquals(
          Files.size(folder.resolve(FIRST)) + Files.size(folder.resolve(SECOND)), model.byteSize());
      assertThrows(ModelFormatException.class, () -> model.require("d"));
    }
  }

  @Test
  void readsAModelInOneFile() throws IOException {
    write(SafetensorsFolder.SINGLE, "a");
    assertTrue(SafetensorsFolder.isPresent(folder));
    try (SafetensorsFolder model = SafetensorsFolder.open(folder)) {
      assertEquals(Set.of("a"), model.tensors().keySet());
    }
  }

  @Test
  void refusesAnIndexThatContradictsTheFiles() throws IOException {
    index("\"a\":\"%s\",\"b\":\"%s\",\"c\":\"%s\"".formatted(FIRST, FIRST, FIRST));
    assertComplaint("the tensor c should be in " + FIRST);
    index("\"a\":\"%s\",\"c\":\"%s\"".formatted(FIRST, SECOND));
    assertComplaint("has the tensor b, which the index does not mention");
    index("\"a\":\"../%s\"".formatted(FIRST));
    assertComplaint("should be the name of a file in the same folder");
  }

  private void assertComplaint(String part) {
    ModelFormatException refusal =
        assertThrows(ModelFormatException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
  }

  @Test
  void saysWhichFileIsMissing() throws IOException {
    index("\"a\":\"model-00003.safetensors\"");
    NoSuchFileException missing =
        assertThrows(NoSuchFileException.class, () -> SafetensorsFolder.open(folder).close());
    assertTrue(missing.getFile().endsWith("model-00003.safetensors"));
  }
}
