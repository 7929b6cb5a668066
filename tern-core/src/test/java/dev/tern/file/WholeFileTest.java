package dev.tern.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir private Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void write(FileChannel channel, String text) throws IOException {
    channel.write(UTF_8.encode(text));
  }

  @Test
  void takesItsNameWhenItIsComplete() throws IOException {
    Path file = folder.resolve("file");
    WholeFile.write(
        file,
        channel -> {
          write(channel, "all of it");
          assertFalse(Files.exists(file), "there before it is complete");
        });
    assertEquals("all of it", Files.readString(file));
    assertEquals(List.of("file"), names());
  }

  @Test
  void leavesWhatWasThereWhenWritingFails() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "old");
    IOException full =
        assertThrows(
            IOException.class,
            () ->
                WholeFile.write(
                    file,
                    channel -> {
                      write(channel, "new");
                      throw new IOException("full");
                    }));
    assertEquals("full", full.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("file"), names());
  }

  @Test
  void replacesWhatWasThere() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "a longer old text");
    WholeFile.write(file, channel -> write(channel, "new"));
    assertEquals("new", Files.readString(file));
  }
}
