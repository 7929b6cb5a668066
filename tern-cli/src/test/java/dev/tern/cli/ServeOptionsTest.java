package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeOptionsTest {
  @TempDir private Path folder;

  private final HttpFlags flags = new HttpFlags();

  private Set<String> keys(Map<String, String> environment) throws IOException {
    return ServeOptions.of(flags, environment).http().access().apiKeys();
  }

  @Test
  void takesLlamasKeysApartAndTernsAsItIs() throws IOException {
    assertEquals(
        Set.of("one", "two", "a,b"),
        keys(Map.of("LLAMA_API_KEY", " one, two ,", "TERN_API_KEY", "a,b\n")));
    assertEquals(Set.of(), keys(Map.of("LLAMA_API_KEY", " ", "TERN_API_KEY", "")));
  }

  @Test
  void stripsKeys() throws IOException {
    flags.apiKeys = List.of(" one ");
    assertEquals(Set.of("one"), keys(Map.of()));
    flags.apiKeys = List.of(" ");
    String refusal =
        assertThrows(IllegalArgumentException.class, () -> keys(Map.of())).getMessage();
    assertTrue(refusal.startsWith("--api-key: "), refusal);
  }

  @Test
  void readsKeysOfFilesThatBeginWithAByteOrderMark() throws IOException {
    flags.apiKeyFile = Files.writeString(folder.resolve("keys"), "\ufeffone\r\n# two\n\n three \n");
    assertEquals(Set.of("one", "three"), keys(Map.of()));
  }

  @Test
  void namesAFileOfKeysThatIsNoText() throws IOException {
    Path file = Files.write(folder.resolve("keys"), new byte[] {(byte) 0xff, (byte) 0xfe, 'a'});
    flags.apiKeyFile = file;
    String refusal = assertThrows(IOException.class, () -> keys(Map.of())).getMessage();
    assertTrue(refusal.contains(file.toString()), refusal);
  }
}
